"""contractors.csv."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kamai.onboarding.v1 import contractor_pb2 as pb
from kamai.onboarding.v1.payout_method_pb2 import AddPayoutMethodRequest

from kamai_client.demo.inputs.files import is_broken, read_rows
from kamai_client.demo.inputs.rows import ANY_REQUEST, Known, Problem, Row

FILE = "contractors.csv"
REQUIRED = (
    "key", "legal_name", "birth_date", "country", "email", "address", "identity_numbers", "payout_country", "payout_currency",
    "account_fields",
)  # fmt: skip
OPTIONAL = (
    "other_names", "person_type", "nationalities", "phone", "time_zone", "skills", "account_holder", "purpose_code",
    "partner_bank",
)  # fmt: skip
_PERSONS = {"individual": pb.PERSON_TYPE_INDIVIDUAL, "company": pb.PERSON_TYPE_COMPANY}
PROFILE_COLUMNS = {
    "legal_name": "legal_name", "other_names": "other_names", "birth_date": "birth_date", "country": "country",
    "nationalities": "nationalities", "email": "email", "phone": "phone", "address_lines": "address",
    "identity_numbers": "identity_numbers", "time_zone": "time_zone", "skills": "skills",
}  # fmt: skip
METHOD_COLUMNS = {
    "country": "payout_country", "currency": "payout_currency", "holder_name": "account_holder", "fields": "account_fields",
    "purpose_code": "purpose_code", "partner_bank": "partner_bank",
}  # fmt: skip
_ANY_ID = "contractor_" + "0" * 26  # the rules ask for an id; the real one is known after registration


@dataclass(frozen=True)
class ContractorInput:
    """`method` lacks the contractor's id."""

    key: str
    line: int
    profile: pb.ContractorProfile
    method: AddPayoutMethodRequest

    @property
    def iban(self) -> str:
        return str(self.method.fields.get("iban", "")).replace(" ", "")


@dataclass(frozen=True)
class Listed:
    """Somebody in the file, whatever the row is like. `label` names who has no key of their own: file and line."""

    label: str
    name: str
    line: int


def read(folder: Path, problems: list[Problem]) -> tuple[Known[ContractorInput], list[Listed]]:
    """The rows, and everybody in them."""
    known: Known[ContractorInput] = Known(FILE)
    listed = []
    for row in read_rows(folder / FILE, REQUIRED, OPTIONAL, problems, rows_needed=True):
        key = row.text("key")
        is_new = bool(key) and key not in known.good and key not in known.bad
        listed.append(Listed(key if is_new else f"{FILE}:{row.line}", row.values["legal_name"].strip(), row.line))
        row.concerns(listed[-1].label)
        found = ContractorInput(key, row.line, _profile(row), _method(row))
        known.add(row, key, found, problems)
    known.broken = is_broken(FILE, problems)
    return known, listed


def _profile(row: Row) -> pb.ContractorProfile:
    profile = pb.ContractorProfile(
        legal_name=row.text("legal_name"), other_names=row.listed("other_names"),
        person_type=row.choice("person_type", _PERSONS, pb.PERSON_TYPE_INDIVIDUAL, required=False),
        birth_date=row.day("birth_date"), country=row.text("country").upper(), nationalities=row.listed("nationalities"),
        email=row.text("email"), phone=row.text("phone", required=False), address_lines=row.listed("address"),
        identity_numbers=[number for text in row.listed("identity_numbers") if (number := _number(row, text))],
        time_zone=row.text("time_zone", required=False), skills=row.listed("skills"),
    )  # fmt: skip
    row.check(profile, PROFILE_COLUMNS)
    return profile


def _number(row: Row, text: str) -> pb.IdentityNumber | None:
    kind, _, rest = text.partition(":")
    country, _, value = rest.partition(":")
    if not value.strip():
        row.wrong("identity_numbers", f"{text!r} is not KIND:COUNTRY:VALUE, such as CNIC:PK:42101-1234567-1")
        return None
    return pb.IdentityNumber(kind=kind.strip().upper(), country=country.strip().upper(), value=value.strip())


def _method(row: Row) -> AddPayoutMethodRequest:
    method = AddPayoutMethodRequest(
        request_id=ANY_REQUEST, contractor_id=_ANY_ID, country=row.text("payout_country").upper(),
        currency=row.currency("payout_currency"), holder_name=row.text("account_holder", required=False),
        fields=row.pairs("account_fields"), purpose_code=row.text("purpose_code", required=False),
        partner_bank=row.text("partner_bank", required=False),
    )  # fmt: skip
    row.check(method, METHOD_COLUMNS)
    method.ClearField("request_id")
    return method
