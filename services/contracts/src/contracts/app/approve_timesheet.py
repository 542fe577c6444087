"""The client approves a timesheet; its invoice is made in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.app.accept_work import accept_work
from contracts.app.ports import UnitOfWork
from contracts.domain.work import WorkItem, WorkKind


@dataclass(frozen=True, slots=True)
class ApproveTimesheet:
    id: str


async def approve_timesheet(uow: UnitOfWork, command: ApproveTimesheet) -> WorkItem:
    return await accept_work(uow, command.id, WorkKind.TIMESHEET)
