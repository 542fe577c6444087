"""bank.json: the accounts at the counterparty bank, and what the bank does to some of the payments."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kamai.payouts.v1.funding_pb2 import RegisterFundingAccountRequest
from kamai.type.v1.money_pb2 import Money

from kamai_client import iban
from kamai_client.demo.inputs.contractors import ContractorInput
from kamai_client.demo.inputs.files import text_of
from kamai_client.demo.inputs.parsing import HARMLESS, whole
from kamai_client.demo.inputs.purchasing import OrganisationInput
from kamai_client.demo.inputs.rows import ANY_REQUEST, Known, Problem, Row

FILE = "bank.json"
_SECTIONS = {
    "funding_accounts": {"organisation", "iban", "bic", "currency", "balance", "deposit", "silent"},
    "closed_accounts": {"contractor"},
    "returns": {"contractor", "days", "reason"},
    "short_credits": {"contractor", "short_by", "note"},
}


@dataclass(frozen=True)
class FundingInput:
    """`place`: where it stands in the file. `silent`: the bank executes files from it and says nothing."""

    place: str
    organisation: OrganisationInput
    iban: str
    bic: str
    currency: str
    balance: Money
    deposit: Money
    silent: bool


@dataclass(frozen=True)
class ReturnInput:
    """The contractor's first payment comes back that many days after it was booked, for an ISO 20022 reason."""

    contractor: ContractorInput
    days: int
    reason: str


@dataclass(frozen=True)
class ShortCreditInput:
    """The contractor's bank credits less than was sent."""

    contractor: ContractorInput
    short_by: Money
    note: str


@dataclass(frozen=True)
class BankScript:
    funding: tuple[FundingInput, ...] = ()
    closed: tuple[ContractorInput, ...] = ()
    returns: tuple[ReturnInput, ...] = ()
    short_credits: tuple[ShortCreditInput, ...] = ()


def read(
    folder: Path, organisations: Known[OrganisationInput], contractors: Known[ContractorInput], problems: list[Problem]
) -> BankScript:
    """Entries with a fault are left out; a file that cannot be read is one problem and an empty script."""
    content = _content(folder / FILE, problems)
    rows = {section: _rows(content, section, problems) for section in _SECTIONS}
    funding = [(row, _funding(row, organisations)) for row in rows["funding_accounts"]]
    closed = [(row, _held(row, contractors)) for row in rows["closed_accounts"]]
    returns = [(row, _return(row, contractors)) for row in rows["returns"]]
    short = [(row, _short(row, contractors)) for row in rows["short_credits"]]
    for row, _ in (*funding, *closed, *returns, *short):
        problems += row.problems
    return BankScript(
        tuple(made for row, made in funding if made and not row.problems),
        tuple(made for row, made in closed if made and not row.problems),
        tuple(made for row, made in returns if made and not row.problems),
        tuple(made for row, made in short if made and not row.problems),
    )


def _content(path: Path, problems: list[Problem]) -> Mapping[str, Any]:
    text = text_of(path, problems)
    if text is None:
        return {}
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        said = f"is not JSON: {error.msg} (column {error.colno})"
        problems.append(Problem(FILE, error.lineno, "", said, fatal=True))
        return {}
    if not isinstance(found, dict):
        problems.append(Problem(FILE, 1, "", "must be an object", fatal=True))
        return {}
    problems += [Problem(FILE, 0, name, f"unknown; there are {', '.join(_SECTIONS)}") for name in found if name not in _SECTIONS]
    return found


def _rows(content: Mapping[str, Any], section: str, problems: list[Problem]) -> list[Row]:
    """Entries as rows whose "file" names the section and the number, from 1."""
    entries = content.get(section, [])
    if not isinstance(entries, list):
        problems.append(Problem(FILE, 0, section, "must be a list"))
        return []
    rows = []
    for number, entry in enumerate(entries, 1):
        place = f"{FILE} {section}[{number}]"
        if not isinstance(entry, dict):
            problems.append(Problem(place, 0, "", "must be an object"))
            continue
        row = Row(place, 0, {name: _text(value) for name, value in entry.items()})
        row.concerns(row.values.get("contractor", "").strip())
        for name in entry.keys() - _SECTIONS[section]:
            row.wrong(name, f"unknown; there are {', '.join(sorted(_SECTIONS[section]))}")
        rows.append(row)
    return rows


def _text(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _funding(row: Row, organisations: Known[OrganisationInput]) -> FundingInput | None:
    organisation = row.refers_to("organisation", organisations)
    currency = row.currency("currency")
    number = row.parsed("iban", iban.parse, "")
    made = (row.text("bic", required=False), currency, row.amount("balance", currency), row.amount("deposit", currency))
    silent = row.choice("silent", {"yes": True, "no": False}, False, required=False)
    asked = RegisterFundingAccountRequest(
        request_id=ANY_REQUEST, organisation_id="org_" + "0" * 26, bank="counterparty", account=number, bic=made[0],
        currency=currency or HARMLESS.currency, holder_name="any",
    )  # fmt: skip
    row.check(asked, {"account": "iban", "bic": "bic", "currency": "currency"})
    return FundingInput(row.file, organisation, number, *made, silent) if organisation else None


def _held(row: Row, contractors: Known[ContractorInput]) -> ContractorInput | None:
    """The bank can only hold an account that has an IBAN."""
    contractor = row.refers_to("contractor", contractors)
    if contractor and not contractor.iban:
        row.wrong("contractor", f"{contractor.key} has no IBAN, so the bank cannot hold the account")
    return contractor


def _return(row: Row, contractors: Known[ContractorInput]) -> ReturnInput | None:
    contractor = row.refers_to("contractor", contractors)
    days, reason = row.parsed("days", whole, 1), row.text("reason")
    return ReturnInput(contractor, days, reason) if contractor else None


def _short(row: Row, contractors: Known[ContractorInput]) -> ShortCreditInput | None:
    contractor = _held(row, contractors)
    if contractor and not contractor.method.partner_bank:
        row.wrong("contractor", f"{contractor.key} has no partner bank that would report the credit")
    short_by = row.amount("short_by", contractor.method.currency if contractor else "")
    note = row.text("note", required=False)
    return ShortCreditInput(contractor, short_by, note) if contractor else None
