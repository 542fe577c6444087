"""contracts.csv, with milestones.csv, whose rows are the terms of fixed contracts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from kamai.contracts.v1 import contract_pb2 as pb

from kamai_client.demo.inputs.contractors import ContractorInput
from kamai_client.demo.inputs.files import is_broken, read_rows
from kamai_client.demo.inputs.parsing import HARMLESS, hundredths, price, whole
from kamai_client.demo.inputs.purchasing import OrderInput
from kamai_client.demo.inputs.rows import Known, Problem, Row

CONTRACTS, MILESTONES = "contracts.csv", "milestones.csv"
_KINDS = {"fixed": "fixed", "hourly": "hourly", "daily": "daily", "sessions": "sessions"}
_REQUIRED = ("key", "contractor", "purchase_order", "title", "kind", "start_date")
_OPTIONAL = (
    "rate", "weekly_cap", "budget", "rates", "minimum_minutes", "urgency", "weekend_premium_bps", "no_show_bps", "end_date",
    "payment_due_days", "scope",
)  # fmt: skip
_YES = {"yes": True, "no": False}
TERMS_COLUMNS = {
    "title": "title", "scope": "scope", "start_date": "start_date", "end_date": "end_date", "rate": "rate", "budget": "budget",
    "weekly_cap_hundredths": "weekly_cap", "urgency_premiums": "urgency", "rates": "rates", "minimum_minutes": "minimum_minutes",
    "weekend_premium_bps": "weekend_premium_bps", "no_show_bps": "no_show_bps", "payment_due_days": "payment_due_days",
    "kind": "kind",
}  # fmt: skip


@dataclass(frozen=True)
class MilestoneInput:
    """`delivered`: whether it is submitted and accepted in the demo."""

    line: int
    terms: pb.MilestoneTerms
    delivered: bool
    note: str


@dataclass
class ContractInput:
    key: str
    line: int
    contractor: ContractorInput
    order: OrderInput
    kind: str
    terms: pb.ContractTerms
    milestones: list[MilestoneInput] = field(default_factory=list)


def read(
    folder: Path, contractors: Known[ContractorInput], orders: Known[OrderInput], problems: list[Problem]
) -> Known[ContractInput]:
    """Fixed contracts without a single good milestone are bad."""
    known: Known[ContractInput] = Known(CONTRACTS)
    for row in read_rows(folder / CONTRACTS, _REQUIRED, _OPTIONAL, problems, rows_needed=True):
        owner = row.values["contractor"].strip()
        row.concerns(owner)
        contract = _contract(row, contractors, orders)
        known.add(row, row.text("key"), contract, problems)
        known.owners.setdefault(row.values["key"].strip(), owner)
    known.broken = is_broken(CONTRACTS, problems)
    _read_milestones(folder, known, problems)
    if not is_broken(MILESTONES, problems):
        for contract in [each for each in known.good.values() if each.kind == "fixed" and not each.milestones]:
            said = f"fixed, but no good row of {MILESTONES} names it"
            problems.append(Problem(CONTRACTS, contract.line, "kind", said, contract.contractor.key))
            known.spoil(contract.key, f"{CONTRACTS}:{contract.line}", contract)
    return known


def _contract(row: Row, contractors: Known[ContractorInput], orders: Known[OrderInput]) -> ContractInput | None:
    contractor, order = row.about("contractor", contractors), row.about("purchase_order", orders)
    good = row.refers_to("contractor", contractors), row.refers_to("purchase_order", orders)
    kind = row.choice("kind", _KINDS, "")
    currency = order.currency if order else ""
    if all(good) and contractor and contractor.method.currency != currency:
        row.wrong("purchase_order", f"is in {currency}, but {contractor.key} is paid in {contractor.method.currency}")
    terms = pb.ContractTerms(
        title=row.text("title"), currency=currency, start_date=row.day("start_date"),
        end_date=row.day("end_date", required=False), payment_due_days=row.whole("payment_due_days", 0),
        scope=row.text("scope", required=False),
    )  # fmt: skip
    if kind in ("hourly", "daily"):
        terms.time.CopyFrom(_by_time(row, kind, currency))
    elif kind == "sessions":
        terms.session.CopyFrom(_by_session(row, currency, contractor.profile.time_zone if contractor else ""))
    row.check(_complete(terms), TERMS_COLUMNS)
    if contractor is None or order is None:
        return None
    return ContractInput(row.values["key"].strip(), row.line, contractor, order, kind, terms)


def _complete(terms: pb.ContractTerms) -> pb.ContractTerms:
    """With what comes from other files, or from a bad cell, so that the rest can be held against the rules."""
    made = pb.ContractTerms()
    made.CopyFrom(terms)
    made.currency = made.currency or HARMLESS.currency
    if made.WhichOneof("kind") is None:
        made.fixed.milestones.add(title="any", amount=HARMLESS)
    return made


def _by_time(row: Row, kind: str, currency: str) -> pb.TimeTerms:
    return pb.TimeTerms(
        unit=pb.TIME_UNIT_HOUR if kind == "hourly" else pb.TIME_UNIT_DAY, rate=row.amount("rate", currency),
        weekly_cap_hundredths=row.parsed("weekly_cap", hundredths, 0), budget=row.amount("budget", currency),
    )  # fmt: skip


def _by_session(row: Row, currency: str, time_zone: str) -> pb.SessionTerms:
    terms = pb.SessionTerms(
        minimum_minutes=row.whole("minimum_minutes", 0), weekend_premium_bps=row.whole("weekend_premium_bps", 0),
        no_show_bps=row.whole("no_show_bps", 0), budget=row.amount("budget", currency), time_zone=time_zone,
    )  # fmt: skip
    for skill, rate in row.pairs("rates").items():
        try:
            terms.rates.append(pb.SkillRate(skill=skill, hourly_rate=price(rate, currency)))
        except ValueError as error:
            row.wrong("rates", f"{skill}: {error}")
    for hours, premium in row.pairs("urgency", required=False).items():
        try:
            terms.urgency_premiums.append(pb.UrgencyPremium(notice_hours=whole(hours), premium_bps=whole(premium)))
        except ValueError:
            row.wrong("urgency", f"{hours}={premium} is not HOURS=BASIS_POINTS, such as 24=2500")
    return terms


def _read_milestones(folder: Path, contracts: Known[ContractInput], problems: list[Problem]) -> None:
    if not (folder / MILESTONES).exists():
        return
    for row in read_rows(folder / MILESTONES, ("contract", "title", "amount"), ("due_date", "delivered", "note"), problems):
        row.concerns(contracts.owners.get(row.values["contract"].strip(), ""))
        contract, described = row.refers_to("contract", contracts), row.about("contract", contracts)
        if described and described.kind and described.kind != "fixed":
            row.wrong("contract", f"{described.key} is not a fixed contract")
        terms = pb.MilestoneTerms(
            title=row.text("title"), amount=row.amount("amount", described.terms.currency if described else ""),
            due_date=row.day("due_date", required=False),
        )  # fmt: skip
        row.check(terms, {"title": "title", "amount": "amount", "due_date": "due_date"})
        delivered = row.choice("delivered", _YES, True, required=False)
        found = MilestoneInput(row.line, terms, delivered, row.text("note", required=False))
        if contract and not row.problems:
            contract.milestones.append(found)
        problems += row.problems
