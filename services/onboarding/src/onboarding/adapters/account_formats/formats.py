"""Implements the AccountFormats port. Stateless, safe in any thread."""

import re
import unicodedata
from collections.abc import Mapping

from onboarding.domain.checks import AccountCheck, AccountField, AccountViolation, NormalisedAccount

from .countries import COUNTRIES
from .iban import check_iban, iban_code, iban_field
from .routes import LOCAL, Route, bic_field, swift

MAX_CHARS = 64
_SEPARATORS = re.compile(r"[\s\-./]")
_CURRENCY = re.compile(r"[A-Z]{3}")
_UNSUPPORTED = (AccountViolation("country", "UNSUPPORTED", "no account format is known for this country"),)


class CountryAccountFormats:
    """Local scheme where the currency is the country's own, else IBAN, else BIC and account number."""

    def scheme(self, country: str, currency: str) -> str:
        """US_ABA, GB_SORT_CODE, ..., IBAN or BIC_ACCOUNT; empty when unsupported."""
        route = _route(*_codes(country, currency))
        return route.scheme if route else ""

    def requirements(self, country: str, currency: str) -> tuple[AccountField, ...]:
        """Fields to ask for; empty for an unknown country or a malformed currency."""
        route = _route(*_codes(country, currency))
        return route.fields if route else ()

    def check(self, country: str, currency: str, fields: Mapping[str, str]) -> AccountCheck:
        """Every violation at once, or the normalised account. Never raises for any text."""
        country, currency = _codes(country, currency)
        route = _route(country, currency)
        if route is None:
            return AccountCheck(None, _UNSUPPORTED)
        values = {name: _compact(value) for name, value in fields.items()}
        violations = _shape_violations(route, values, country)
        misshapen = {v.field for v in violations}
        given = {f.name: values[f.name] for f in route.fields if values.get(f.name)}
        sound = {name: value for name, value in given.items() if name not in misshapen}
        outcome = _verify(route, country, currency, sound)
        if isinstance(outcome, NormalisedAccount) and not violations:
            return AccountCheck(outcome)
        wrong = () if isinstance(outcome, NormalisedAccount) else outcome
        return AccountCheck(None, (*violations, *wrong))


def _verify(
    route: Route, country: str, currency: str, sound: Mapping[str, str]
) -> NormalisedAccount | tuple[AccountViolation, ...]:
    """Check digits of the fields that have the right shape; empty when there is nothing to verify or to return."""
    if route.scheme == "IBAN":
        iban = sound.get("iban")
        return check_iban(iban, country, currency, sound.get("bic", "")) if iban else ()
    if all(name in sound for name in route.verified) and not route.verify(sound):
        return (AccountViolation(route.verified[0], "CHECK_DIGIT", "fails its check digit: a digit is mistyped"),)
    if any(f.required and f.name not in sound for f in route.fields):
        return ()
    return _account(route, country, currency, sound)


def _route(country: str, currency: str) -> Route | None:
    if not _CURRENCY.fullmatch(currency) or country not in COUNTRIES:
        return None
    if (country, currency) in LOCAL:
        return LOCAL[country, currency]
    if code := iban_code(country):
        return Route("IBAN", (iban_field(code), bic_field(code, required=False)), "{iban}", "iban")
    return swift(country)


def _codes(country: str, currency: str) -> tuple[str, str]:
    return country.strip().upper(), currency.strip().upper()


def _compact(value: str) -> str:
    text = unicodedata.normalize("NFKC", value[: MAX_CHARS * 4])
    return _SEPARATORS.sub("", text).upper()


def _shape_violations(route: Route, values: Mapping[str, str], country: str) -> tuple[AccountViolation, ...]:
    known = {f.name for f in route.fields}
    found = [
        AccountViolation(name, "UNKNOWN_FIELD", "is not a field of this account type") for name in values if name not in known
    ]
    for field in route.fields:
        value = values.get(field.name, "")
        if not value:
            if field.required:
                found.append(AccountViolation(field.name, "REQUIRED", f"{field.label} is required"))
        elif len(value) > MAX_CHARS or not re.fullmatch(field.pattern, value, re.ASCII):
            found.append(_malformed(field, value))
        elif field.name == "bic" and not _bic_fits(value, country):
            found.append(AccountViolation("bic", "COUNTRY_MISMATCH", f"names a bank outside {country}"))
    return tuple(found)


def _malformed(field: AccountField, value: str) -> AccountViolation:
    if field.name == "iban" and value[:2].isalpha() and value[:2] != field.example[:2]:
        return AccountViolation("iban", "COUNTRY_MISMATCH", f"must begin with {field.example[:2]}")
    return AccountViolation(field.name, "FORMAT", f"is not a valid {field.label}; an example is {field.example}")


def _bic_fits(bic: str, country: str) -> bool:
    """ISO 9362: characters 5 and 6 are the country. Territories may use the bank's home country."""
    return bic[4:6] == country or bic[4:6] == iban_code(country)


def _account(route: Route, country: str, currency: str, given: Mapping[str, str]) -> NormalisedAccount:
    return NormalisedAccount(
        country=country,
        currency=currency,
        scheme=route.scheme,
        fields=dict(given),
        display=route.display.format(**given),
        bank_code=given.get(route.bank, "")[: route.bank_length],
        bic=given.get("bic", ""),
    )
