"""The contractor hands a milestone in."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.app.find_work import require_submitter, with_contract
from contracts.app.ports import UnitOfWork
from contracts.domain import milestone
from contracts.domain.work import WorkItem, WorkKind


@dataclass(frozen=True, slots=True)
class SubmitMilestone:
    id: str
    note: str


async def submit_milestone(uow: UnitOfWork, command: SubmitMilestone) -> WorkItem:
    """A contract that has ended still takes the changes it asked for."""
    item, contract = await with_contract(uow, command.id, WorkKind.MILESTONE)
    submitted, events = milestone.submit(item, contract, uow.now)
    await require_submitter(uow, contract)
    await uow.work.save(submitted, events, command.note)
    return submitted
