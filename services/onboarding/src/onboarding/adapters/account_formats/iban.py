"""IBAN (ISO 13616) over the official registry, with a bank-name overlay."""

import re
from functools import lru_cache
from importlib.resources import files

from schwifty import IBAN, checksum, registry
from schwifty.exceptions import (
    InvalidBBANChecksum,
    InvalidChecksumDigits,
    SchwiftyException,
)

from onboarding.domain.checks import AccountField, AccountViolation, NormalisedAccount

from .countries import COUNTRIES

_USES_CODE_OF = {"AX": "FI", "IM": "GB", "JE": "GB", "GG": "GB"} | dict.fromkeys(
    ("GF", "GP", "MQ", "RE", "PF", "TF", "YT", "NC", "BL", "MF", "PM", "WF"), "FR"
)
"""Territories whose accounts carry another country's IBAN code."""
_REGISTRY_EXAMPLES = {
    "BA": "BA391290079401028494", "BE": "BE68539007547034", "FR": "FR1420041010050500013M02606",
    "IT": "IT60X0542811101000000123456", "MC": "MC5811222000010123456789030", "ME": "ME25505000012345678951",
    "MK": "MK07250120000058984", "MR": "MR1300020001010000123456753", "SM": "SM86U0322509800000000270100",
    "TL": "TL380080012345678910157", "TN": "TN5910006035183598478831",
    "PT": "PT50000201231234567890154", "RS": "RS35260005601001611379", "SI": "SI56263300012039086",
}  # fmt: skip
_CLASSES = {"n": r"\d", "a": "[A-Z]", "c": "[A-Z0-9]"}
_NATIONALLY_CHECKED = frozenset(key.partition(":")[0] for key in checksum.algorithms)


def iban_code(country: str) -> str:
    """The code IBANs of the country begin with, or empty: aspirational formats are no IBANs."""
    code = _USES_CODE_OF.get(country, country)
    return code if code in _official() else ""


def iban_field(code: str) -> AccountField:
    spec = registry.get_iban_spec(code)
    parts = re.findall(r"(\d+)!([nac])", spec.bban_spec)
    pattern = code + r"\d{2}" + "".join(f"{_CLASSES[kind]}{{{length}}}" for length, kind in parts)
    return AccountField("iban", f"IBAN ({spec.iban_length} characters)", pattern, _example(code))


def check_iban(value: str, country: str, currency: str, bic: str) -> NormalisedAccount | tuple[AccountViolation, ...]:
    """value, bic: compact and already of the right shape."""
    try:
        iban = IBAN(value, validate_bban=value[:2] in _NATIONALLY_CHECKED)
    except (InvalidChecksumDigits, InvalidBBANChecksum):
        return (AccountViolation("iban", "CHECK_DIGIT", "fails its check digits: a character is probably mistyped"),)
    except SchwiftyException:
        return (AccountViolation("iban", "FORMAT", "is not an IBAN of this country"),)
    bank_code = iban.bank_code or ""
    known_bic, name = _bank(value[:2], bank_code, iban)
    if bic and known_bic and bic[:4] != known_bic[:4]:
        return (AccountViolation("bic", "BANK_MISMATCH", "belongs to another bank than the IBAN"),)
    fields = {"iban": value} | ({"bic": bic} if bic else {})
    return NormalisedAccount(country, currency, "IBAN", fields, str(iban.formatted), bank_code, name, bic or known_bic)


def _bank(country: str, bank_code: str, iban: IBAN) -> tuple[str, str]:
    overlay = _overlay().get((country, bank_code))
    if overlay:
        return overlay
    return str(iban.bic or ""), iban.bank_name or ""


@lru_cache(maxsize=1)
def _official() -> frozenset[str]:
    return frozenset(c for c in COUNTRIES if _is_official(c)) - _USES_CODE_OF.keys()


def _is_official(country: str) -> bool:
    try:
        return not registry.get_iban_spec(country).aspirational
    except SchwiftyException:
        return False


@lru_cache(maxsize=1)
def _overlay() -> dict[tuple[str, str], tuple[str, str]]:
    text = files(__package__).joinpath("banks.txt").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return {(country, code): (bic, name) for country, code, bic, name in rows}


@lru_cache(maxsize=256)
def _example(code: str) -> str:
    """An IBAN with right check digits; from the registry where the country has check digits of its own."""
    if code in _REGISTRY_EXAMPLES:
        return _REGISTRY_EXAMPLES[code]
    spec = registry.get_iban_spec(code)
    fill = {"n": "0", "a": "A", "c": "0"}
    bban = "".join(fill[k] * int(n) for n, k in re.findall(r"(\d+)!([nac])", spec.bban_spec))
    digits = "".join(str(int(c, 36)) for c in f"{bban}{code}00")
    return f"{code}{98 - int(digits) % 97:02d}{bban}"
