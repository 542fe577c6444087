"""contracts.csv, with milestones.csv, whose rows are the terms of fixed contracts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from kamai.contracts.v1 import contract_pb2 as pb

from kamai_client import money
from kamai_client.demo.inputs.contractors import ContractorInput
from kamai_client.demo.inputs.purchasing import OrderInput
from kamai_client.demo.inputs.rows import Known, Problem, Row, read_rows

CONTRACTS, MILESTONES = "contracts.csv", "milestones.csv"
_KINDS = {"fixed": "fixed", "hourly": "hourly", "daily": "daily", "sessions": "sessions"}
_REQUIRED = ("key", "contractor", "purchase_order", "title", "kind", "start_date")
_OPTIONAL = (
    "rate", "weekly_cap", "budget", "rates", "minimum_minutes", "urgency", "weekend_premium_bps", "no_show_bps", "end_date",
    "payment_due_days", "scope",
)  # fmt: skip
_YES = {"yes": True, "no": False}


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
    rows = []
    for row in read_rows(folder / CONTRACTS, _REQUIRED, _OPTIONAL, problems):
        contract = _contract(row, contractors, orders)
        known.add(row, row.values["key"].strip(), contract, problems)
        if contract and known.good.get(contract.key) is contract:
            rows.append((row, contract))
    _read_milestones(folder, known, problems)
    for row, contract in rows:
        if contract.kind == "fixed" and not contract.milestones:
            problems.append(Problem(CONTRACTS, row.line, "kind", f"fixed, but no good row of {MILESTONES} names it"))
            known.bad[contract.key] = f"{CONTRACTS}:{row.line}"
            del known.good[contract.key]
    return known


def _contract(row: Row, contractors: Known[ContractorInput], orders: Known[OrderInput]) -> ContractInput | None:
    contractor, order = row.refers_to("contractor", contractors), row.refers_to("purchase_order", orders)
    kind = row.choice("kind", _KINDS, "")
    currency = order.currency if order else ""
    if contractor and order and contractor.method.currency != currency:
        row.wrong("purchase_order", f"is in {currency}, but {contractor.key} is paid in {contractor.method.currency}")
    terms = pb.ContractTerms(
        title=row.text("title"), currency=currency, start_date=row.day("start_date"),
        end_date=row.day("end_date", required=False), payment_due_days=row.whole("payment_due_days", 0),
        scope=row.text("scope", required=False),
    )  # fmt: skip
    if kind in ("hourly", "daily") and currency:
        terms.time.CopyFrom(_by_time(row, kind, currency))
    elif kind == "sessions" and currency:
        time_zone = contractor.profile.time_zone if contractor else ""
        terms.session.CopyFrom(_by_session(row, currency, time_zone))
    if contractor is None or order is None:
        row.text("key")
        return None
    return ContractInput(row.text("key"), row.line, contractor, order, kind, terms)


def hundredths(text: str) -> int:
    """7.5 is 750; raises ValueError."""
    whole, _, part = text.partition(".")
    if not (whole + part).isascii() or not (whole + part).isdigit() or len(part) > 2:
        raise ValueError(f"{text!r} is not a number with at most two decimals")
    return int(whole or "0") * 100 + int(part.ljust(2, "0"))


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
            terms.rates.append(pb.SkillRate(skill=skill, hourly_rate=money.parse(rate, currency)))
        except ValueError as error:
            row.wrong("rates", f"{skill}: {error}")
    for hours, premium in row.pairs("urgency", required=False).items():
        if hours.isdigit() and premium.isdigit():
            terms.urgency_premiums.append(pb.UrgencyPremium(notice_hours=int(hours), premium_bps=int(premium)))
        else:
            row.wrong("urgency", f"{hours}={premium} is not HOURS=BASIS_POINTS, such as 24=2500")
    return terms


def _read_milestones(folder: Path, contracts: Known[ContractInput], problems: list[Problem]) -> None:
    if not (folder / MILESTONES).exists():
        return
    for row in read_rows(folder / MILESTONES, ("contract", "title", "amount"), ("due_date", "delivered", "note"), problems):
        contract = row.refers_to("contract", contracts)
        if contract and contract.kind != "fixed":
            row.wrong("contract", f"{contract.key} is not a fixed contract")
        terms = pb.MilestoneTerms(
            title=row.text("title"), amount=row.amount("amount", contract.terms.currency if contract else ""),
            due_date=row.day("due_date", required=False),
        )  # fmt: skip
        delivered = row.choice("delivered", _YES, True, required=False)
        found = MilestoneInput(row.line, terms, delivered, row.text("note", required=False))
        if contract and not row.problems:
            contract.milestones.append(found)
        problems += row.problems
