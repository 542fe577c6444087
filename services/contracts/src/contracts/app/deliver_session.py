"""The contractor reports how a session went."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.app.find_work import require_submitter, with_contract
from contracts.app.ports import UnitOfWork
from contracts.app.quote_session import session_terms
from contracts.domain import session
from contracts.domain.session import Outcome
from contracts.domain.work import WorkItem, WorkKind


@dataclass(frozen=True, slots=True)
class DeliverSession:
    id: str
    outcome: Outcome


async def deliver_session(uow: UnitOfWork, command: DeliverSession) -> WorkItem:
    item, contract = await with_contract(uow, command.id, WorkKind.SESSION)
    delivered, events = session.deliver(item, contract, session_terms(contract), command.outcome, uow.now)
    await require_submitter(uow, contract)
    await uow.work.save(delivered, events, f"reported as {command.outcome}")
    return delivered
