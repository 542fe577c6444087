"""Either side cancels a session; the client's late cancellation is charged, and its invoice made, in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.errors import PermissionDenied

from contracts.app.accept_work import accept_locked
from contracts.app.find_work import with_contract
from contracts.app.ports import UnitOfWork
from contracts.app.quote_session import session_terms
from contracts.domain import session
from contracts.domain.contract import Party
from contracts.domain.work import WorkItem, WorkKind, WorkState


@dataclass(frozen=True, slots=True)
class CancelSession:
    id: str
    cancelled_by: Party
    reason: str


async def cancel_session(uow: UnitOfWork, command: CancelSession) -> WorkItem:
    """Raises PermissionDenied for the other side: in the contractor's name a client would escape the charge."""
    own = Party.CONTRACTOR if uow.contractor_id else Party.CLIENT
    if command.cancelled_by is not own:
        raise PermissionDenied(f"your token cancels for the {own.lower()} only")
    item, contract = await with_contract(uow, command.id, WorkKind.SESSION)
    cancelled, events = session.cancel(item, session_terms(contract), command.cancelled_by, uow.now)
    await uow.work.save(cancelled, events, command.reason)
    if cancelled.state is WorkState.CANCELLED_LATE:
        return await accept_locked(uow, cancelled, contract, "charged as agreed for late cancellation")
    return cancelled
