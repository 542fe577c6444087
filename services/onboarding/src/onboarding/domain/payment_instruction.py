"""What a bank needs to pay somebody, made from a payout method. It leaves the service sealed, never in clear."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from onboarding.domain.payout_method import PayoutMethod


@dataclass(frozen=True, slots=True)
class PaymentInstruction:
    """clearing_system: code of ISO 20022's ExternalClearingSystemIdentification1Code, or "" where the country has none."""

    holder_name: str
    country: str
    currency: str
    iban: str
    account_number: str
    bic: str
    clearing_code: str
    clearing_system: str
    purpose_code: str
    address_lines: tuple[str, ...]


_Fields = Mapping[str, str]
_CLEARING: dict[str, tuple[str, Callable[[_Fields], str]]] = {
    "US_ABA": ("USABA", lambda f: f["routing_number"]),
    "GB_SORT_CODE": ("GBDSC", lambda f: f["sort_code"]),
    "IN_IFSC": ("INFSC", lambda f: f["ifsc"]),
    "AU_BSB": ("AUBSB", lambda f: f["bsb"]),
    "NZ_ACCOUNT": ("NZNCC", lambda f: f["account_number"][:6]),
    "CA_TRANSIT": ("CACPA", lambda f: f"0{f['institution_number']}{f['transit_number']}"),
    "ZA_BRANCH": ("ZANCC", lambda f: f["branch_code"]),
    "NG_NUBAN": ("", lambda f: f["bank_code"]),
    "KE_BANK_ACCOUNT": ("", lambda f: f["bank_code"] + f["branch_code"]),
    "LK_BANK_ACCOUNT": ("", lambda f: f["bank_code"] + f["branch_code"]),
    "BD_ROUTING": ("", lambda f: f["routing_number"]),
}


def instruction_of(method: PayoutMethod) -> PaymentInstruction:
    fields, account = method.account.fields, method.account
    number = next((fields[name] for name in ("account_number", "clabe", "cbu") if name in fields), "")
    system, code, bic = "", "", method.bic
    if account.scheme in _CLEARING:
        system, code_of = _CLEARING[account.scheme]
        code = code_of(fields)
    elif account.scheme == "PH_BANK_ACCOUNT":
        # the field takes either the bank's number in the national clearing or its BIC
        code, bic = (fields["bank_code"], bic) if fields["bank_code"].isdigit() else ("", fields["bank_code"])
    return PaymentInstruction(
        account.holder_name, method.country, method.currency, fields.get("iban", ""), number, bic, code, system,
        method.purpose_code, account.address_lines,
    )  # fmt: skip
