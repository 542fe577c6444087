"""Price lines and details of work as they are stored: JSON, by kind. Notes of a timesheet are apart: they are sealed."""

from __future__ import annotations

from dataclasses import replace
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
    return msgspec.to_builtins(_with_notes(item.details, []))


def notes_to_json(item: WorkItem) -> bytes | None:
    """None when there is nothing to seal."""
    notes = [entry.note for entry in item.details.entries] if isinstance(item.details, TimesheetDetails) else []
    return msgspec.json.encode(notes) if any(notes) else None


def details(kind: WorkKind, stored: Any, notes: bytes | None) -> Details:
    found: Details = msgspec.convert(stored, _KINDS[kind])
    return _with_notes(found, msgspec.json.decode(notes, type=list[str]) if notes else [])


def _with_notes(found: Details, notes: list[str]) -> Details:
    if not isinstance(found, TimesheetDetails):
        return found
    given = [*notes, *[""] * len(found.entries)]
    return replace(found, entries=tuple(replace(entry, note=note) for entry, note in zip(found.entries, given, strict=False)))
