"""Timesheets of contracts by time: one a week, within the weekly cap."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime

from chassis.errors import InvalidFields, Violation
from chassis.states import StateTable

from contracts.domain import work
from contracts.domain.contract import Contract
from contracts.domain.events import Events
from contracts.domain.pricing import time_price
from contracts.domain.terms import TimeTerms, TimeUnit
from contracts.domain.work import TimesheetDetails, WorkItem, WorkKind, WorkState

MONDAY = 0
DAYS_OF_A_WEEK = 7
DAY_HUNDREDTHS = 100
S = WorkState
# A timesheet exists from its submission on; OPEN (filled in over days) and DISPUTED join with the methods that lead there.
TIMESHEET: StateTable[WorkState] = StateTable(
    "timesheet",
    {
        S.SUBMITTED: {"approve": S.APPROVED, "return": S.RETURNED},
        S.RETURNED: {"submit": S.SUBMITTED},
        S.APPROVED: {"begin_payment": S.INVOICED, "reopen": S.SUBMITTED},
        S.INVOICED: {"settle": S.PAID},
        S.PAID: {"return_payment": S.INVOICED},
    },
)


def check(details: TimesheetDetails, terms: TimeTerms, contract: Contract) -> None:
    """Raises InvalidFields with every rule the week breaks."""
    found = []
    if details.week_start.weekday() != MONDAY:
        found.append(Violation("week_start", "must be a Monday", "NOT_MONDAY"))
    times = Counter(entry.day for entry in details.entries)
    for place, entry in enumerate(details.entries):
        path = f"entries[{place}]"
        if not 0 <= (entry.day - details.week_start).days < DAYS_OF_A_WEEK:
            found.append(Violation(f"{path}.date", "is outside of the week", "OUTSIDE_WEEK"))
        if not contract.terms.covers(entry.day):
            found.append(Violation(f"{path}.date", _period(contract), "OUTSIDE_CONTRACT"))
        if times[entry.day] > 1:
            found.append(Violation(f"{path}.date", "is there twice: give one entry a day", "DUPLICATE"))
        if terms.unit is TimeUnit.DAY and entry.units_hundredths > DAY_HUNDREDTHS:
            found.append(Violation(f"{path}.units_hundredths", "a day has at most 100 hundredths", "OUT_OF_RANGE"))
    if details.units_hundredths > terms.weekly_cap_hundredths:
        text = f"{details.units_hundredths} hundredths are above the weekly cap of {terms.weekly_cap_hundredths}"
        found.append(Violation("entries", text, "WEEKLY_CAP"))
    if found:
        raise InvalidFields(found)


def _period(contract: Contract) -> str:
    last: date | None = contract.terms.end_date
    return f"is outside of the contract ({contract.terms.start_date} to {last or 'open'})"


def submit_new(
    work_id: str, contract: Contract, terms: TimeTerms, details: TimesheetDetails, now: datetime
) -> tuple[WorkItem, Events]:
    price = time_price(terms, details.units_hundredths)
    deadline = now + contract.terms.acceptance
    return work.new(work_id, contract, WorkKind.TIMESHEET, S.SUBMITTED, price, details, now, auto_accept_at=deadline)


def submit_again(
    item: WorkItem, contract: Contract, terms: TimeTerms, details: TimesheetDetails, now: datetime
) -> tuple[WorkItem, Events]:
    """Replaces a returned one."""
    price = time_price(terms, details.units_hundredths)
    deadline = now + contract.terms.acceptance
    return work.moved(item, TIMESHEET, "submit", now, price=price, details=details, auto_accept_at=deadline)


def send_back(item: WorkItem, now: datetime) -> tuple[WorkItem, Events]:
    return work.moved(item, TIMESHEET, "return", now, auto_accept_at=None)
