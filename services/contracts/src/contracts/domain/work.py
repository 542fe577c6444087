"""What work items of every kind have in common."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

from chassis.money import Money
from chassis.states import StateTable

from contracts.domain.contract import Contract
from contracts.domain.events import Events, WorkItemStateChanged
from contracts.domain.pricing import Price, PriceLine


class WorkKind(StrEnum):
    MILESTONE = "MILESTONE"
    TIMESHEET = "TIMESHEET"
    SESSION = "SESSION"


class WorkState(StrEnum):
    PLANNED = "PLANNED"
    SUBMITTED = "SUBMITTED"
    CHANGES_REQUESTED = "CHANGES_REQUESTED"
    RETURNED = "RETURNED"
    ACCEPTED = "ACCEPTED"
    APPROVED = "APPROVED"
    CANCELLED = "CANCELLED"
    REQUESTED = "REQUESTED"
    CONFIRMED = "CONFIRMED"
    DELIVERED = "DELIVERED"
    CANCELLED_LATE = "CANCELLED_LATE"
    NO_SHOW_CLIENT = "NO_SHOW_CLIENT"
    NO_SHOW_CONTRACTOR = "NO_SHOW_CONTRACTOR"
    INVOICED = "INVOICED"
    PAID = "PAID"


@dataclass(frozen=True, slots=True)
class MilestoneDetails:
    number: int
    title: str
    due_date: date | None


@dataclass(frozen=True, slots=True)
class TimeEntry:
    day: date
    units_hundredths: int
    note: str


@dataclass(frozen=True, slots=True)
class TimesheetDetails:
    week_start: date
    entries: tuple[TimeEntry, ...]

    @property
    def units_hundredths(self) -> int:
        return sum(entry.units_hundredths for entry in self.entries)


@dataclass(frozen=True, slots=True)
class SessionDetails:
    skill: str
    start: datetime
    minutes: int
    requested_at: datetime


Details: TypeAlias = MilestoneDetails | TimesheetDetails | SessionDetails


@dataclass(frozen=True, slots=True)
class WorkItem:
    """A piece of work. `auto_accept_at` is set while it waits for the client; `invoice_id` once an invoice names it."""

    id: str
    contract_id: str
    terms_version: int
    organisation_id: str
    contractor_id: str
    kind: WorkKind
    state: WorkState
    price: Price
    details: Details
    invoice_id: str
    auto_accept_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime

    @property
    def amount(self) -> Money:
        return self.price.amount

    @property
    def price_lines(self) -> tuple[PriceLine, ...]:
        return self.price.lines


def new(
    work_id: str, contract: Contract, kind: WorkKind, state: WorkState, price: Price, details: Details, now: datetime,
    auto_accept_at: datetime | None = None,
) -> tuple[WorkItem, Events]:  # fmt: skip
    item = WorkItem(
        work_id, contract.id, contract.terms_version, contract.organisation_id, contract.contractor_id, kind, state, price,
        details, "", auto_accept_at, 1, now, now,
    )  # fmt: skip
    return item, (_event(item, ""),)


def moved(item: WorkItem, table: StateTable[WorkState], verb: str, now: datetime, **changes: object) -> tuple[WorkItem, Events]:
    """The item after `verb`; raises IllegalState."""
    state = table.next(item.state, verb)
    after = replace(item, state=state, version=item.version + 1, updated_at=now, **changes)  # type: ignore[arg-type]
    return after, (_event(after, item.state),)


def _event(item: WorkItem, before: str) -> WorkItemStateChanged:
    return WorkItemStateChanged(
        item.id, item.contract_id, item.organisation_id, item.contractor_id, item.kind, before, item.state, item.amount
    )
