"""The client sends a timesheet back for correction."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.app.find_work import with_contract
from contracts.app.ports import UnitOfWork
from contracts.domain import timesheet
from contracts.domain.work import WorkItem, WorkKind


@dataclass(frozen=True, slots=True)
class ReturnTimesheet:
    id: str
    reason: str


async def return_timesheet(uow: UnitOfWork, command: ReturnTimesheet) -> WorkItem:
    item, _ = await with_contract(uow, command.id, WorkKind.TIMESHEET)
    returned, events = timesheet.send_back(item, uow.now)
    await uow.work.save(returned, events, command.reason)
    return returned
