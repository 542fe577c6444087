"""Price lines and details of work as they are stored: JSON, by kind."""

from __future__ import annotations

from typing import Any

import msgspec
from chassis.money import Money

from contracts.domain.pricing import Price, PriceLine
from contracts.domain.work import Details, MilestoneDetails, SessionDetails, TimesheetDetails, WorkItem, WorkKind

_KINDS: dict[WorkKind, type[Details]] = {
    WorkKind.MILESTONE: MilestoneDetails,
    WorkKind.TIMESHEET: TimesheetDetails,
    WorkKind.SESSION: SessionDetails,
}


def lines_to_json(item: WorkItem) -> list[list[Any]]:
    return [[line.description, line.amount.amount_minor] for line in item.price_lines]


def price(amount_minor: int, currency: str, lines: list[list[Any]]) -> Price:
    return Price(Money(amount_minor, currency), tuple(PriceLine(text, Money(minor, currency)) for text, minor in lines))


def details_to_json(item: WorkItem) -> Any:
    return msgspec.to_builtins(item.details)


def details(kind: WorkKind, stored: Any) -> Details:
    found: Details = msgspec.convert(stored, _KINDS[kind])
    return found
