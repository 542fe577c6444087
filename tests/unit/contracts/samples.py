"""Contracts and work for the tests of the domain."""

from __future__ import annotations

from datetime import UTC, date, datetime

from chassis.ids import RandomIds
from chassis.money import Money
from contracts.domain import contract, purchase_order
from contracts.domain.contract import Contract
from contracts.domain.purchase_order import OrderLine, PurchaseOrder
from contracts.domain.terms import (
    ContractTerms,
    FixedTerms,
    Kind,
    MilestoneTerms,
    SessionTerms,
    SkillRate,
    TimeTerms,
    TimeUnit,
    UrgencyPremium,
)

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
IDS = RandomIds()


def usd(minor: int) -> Money:
    return Money(minor, "USD")


FIXED = FixedTerms((MilestoneTerms("First", usd(10_00)), MilestoneTerms("Second", usd(20_00), date(2027, 1, 31))))
TIME = TimeTerms(TimeUnit.HOUR, usd(80_00), 4_000, usd(5_000_00))
SESSION = SessionTerms(
    (SkillRate("interview", usd(90_00)),), 60, (UrgencyPremium(24, 2_500), UrgencyPremium(72, 1_000)), 2_000, 10_000, 5_000, 24,
    usd(2_000_00), "Asia/Karachi",
)  # fmt: skip


def terms(kind: Kind, start: date = date(2026, 11, 1), scope: str = "") -> ContractTerms:
    return ContractTerms("Platform work", "USD", kind, start, None, 30, 0, scope)


def drafted(kind: Kind = FIXED, scope: str = "") -> Contract:
    made, _ = contract.draft(
        IDS.new("contract"), IDS.new("org"), IDS.new("contractor"), IDS.new("po"), terms(kind, scope=scope), "", NOW
    )
    return made


def order(ceiling_minor: int = 100_00, tolerance_bps: int = 1_000) -> PurchaseOrder:
    lines = (OrderLine(1, "Interviews", "HR", usd(ceiling_minor)),)
    return purchase_order.open_order(IDS.new("po"), IDS.new("org"), "PO-1", "USD", lines, tolerance_bps, NOW)[0]
