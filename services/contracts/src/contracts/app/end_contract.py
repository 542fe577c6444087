"""Ends a contract: what is delivered is settled, what was not begun is cancelled, what remains committed is released."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.app.accept_work import accept_locked
from contracts.app.ports import UnitOfWork
from contracts.app.release_commitment import release_commitment
from contracts.domain import acceptance, contract, session
from contracts.domain.contract import Contract, Party
from contracts.domain.terms import SessionTerms
from contracts.domain.work import WorkItem, WorkState

NOT_BEGUN = frozenset({WorkState.PLANNED, WorkState.REQUESTED, WorkState.CONFIRMED})
REASON = "contract ended"


@dataclass(frozen=True, slots=True)
class EndContract:
    id: str
    reason: str


async def end_contract(uow: UnitOfWork, command: EndContract) -> Contract:
    ended, events = contract.end(await uow.contracts.lock(command.id), uow.now)
    await uow.contracts.save(ended, events, command.reason)
    for item in await uow.work.lock_of_contract(ended.id):
        if item.state in NOT_BEGUN:
            await _cancel(uow, item, ended)
    await release_commitment(uow, ended)
    return ended


async def _cancel(uow: UnitOfWork, item: WorkItem, ended: Contract) -> None:
    """A client does not get around the charge for late cancellation by ending the contract."""
    terms = ended.terms.kind
    if uow.organisation_id and isinstance(terms, SessionTerms):
        cancelled, events = session.cancel(item, terms, Party.CLIENT, uow.now)
    else:
        cancelled, events = acceptance.cancel(item, uow.now)
    await uow.work.save(cancelled, events, REASON)
    if cancelled.state is WorkState.CANCELLED_LATE:
        await accept_locked(uow, cancelled, ended, "charged as agreed for late cancellation")
