"""The client accepts a milestone; its invoice is made in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.app.accept_work import accept_work
from contracts.app.ports import UnitOfWork
from contracts.domain.work import WorkItem, WorkKind


@dataclass(frozen=True, slots=True)
class AcceptMilestone:
    id: str


async def accept_milestone(uow: UnitOfWork, command: AcceptMilestone) -> WorkItem:
    return await accept_work(uow, command.id, WorkKind.MILESTONE)
