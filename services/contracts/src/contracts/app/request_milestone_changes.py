"""The client asks for changes of a milestone."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.app.find_work import with_contract
from contracts.app.ports import UnitOfWork
from contracts.domain import milestone
from contracts.domain.work import WorkItem, WorkKind


@dataclass(frozen=True, slots=True)
class RequestMilestoneChanges:
    id: str
    reason: str


async def request_milestone_changes(uow: UnitOfWork, command: RequestMilestoneChanges) -> WorkItem:
    item, _ = await with_contract(uow, command.id, WorkKind.MILESTONE)
    changed, events = milestone.request_changes(item, uow.now)
    await uow.work.save(changed, events, command.reason)
    return changed
