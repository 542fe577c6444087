"""The contractor hands in one week; a returned timesheet of that week is replaced."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from chassis.errors import PreconditionFailed

from contracts.app.find_work import require_budget, require_submitter
from contracts.app.ports import UnitOfWork
from contracts.domain import contract as contracts
from contracts.domain import timesheet
from contracts.domain.terms import TimeTerms
from contracts.domain.work import TimeEntry, TimesheetDetails, WorkItem


@dataclass(frozen=True, slots=True)
class SubmitTimesheet:
    contract_id: str
    week_start: date
    entries: tuple[TimeEntry, ...]


async def submit_timesheet(uow: UnitOfWork, command: SubmitTimesheet) -> WorkItem:
    """A contract that has ended still takes the correction of a returned timesheet."""
    contract = await uow.contracts.lock(command.contract_id)
    terms = contract.terms.kind
    if not isinstance(terms, TimeTerms):
        raise PreconditionFailed.one("WRONG_KIND", contract.id, "timesheets are for contracts by time")
    details = TimesheetDetails(command.week_start, command.entries)
    timesheet.check(details, terms, contract)
    before = await uow.work.lock_week(contract.id, command.week_start)
    if before is None:
        contracts.require_running(contract)
        item, events = timesheet.submit_new(uow.ids.new("work"), contract, terms, details, uow.now)
    else:
        item, events = timesheet.submit_again(before, contract, terms, details, uow.now)
    await require_submitter(uow, contract)
    await require_budget(uow, contract, item.amount)
    await (uow.work.save(item, events) if before else uow.work.add(item, events))
    return item
