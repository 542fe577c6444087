"""The contractor confirms a session."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.app.find_work import require_submitter, with_contract
from contracts.app.ports import UnitOfWork
from contracts.domain import session
from contracts.domain.work import WorkItem, WorkKind


@dataclass(frozen=True, slots=True)
class ConfirmSession:
    id: str


async def confirm_session(uow: UnitOfWork, command: ConfirmSession) -> WorkItem:
    item, contract = await with_contract(uow, command.id, WorkKind.SESSION)
    confirmed, events = session.confirm(item, uow.now)
    await require_submitter(uow, contract)
    await uow.work.save(confirmed, events)
    return confirmed
