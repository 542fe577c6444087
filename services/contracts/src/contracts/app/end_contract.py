"""Ends a contract: what is delivered is settled, what was not begun is cancelled, what remains committed is released."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.app.ports import UnitOfWork
from contracts.app.release_commitment import release_commitment
from contracts.domain import acceptance, contract
from contracts.domain.contract import Contract
from contracts.domain.work import WorkState

NOT_BEGUN = frozenset({WorkState.PLANNED, WorkState.REQUESTED, WorkState.CONFIRMED})


@dataclass(frozen=True, slots=True)
class EndContract:
    id: str
    reason: str


async def end_contract(uow: UnitOfWork, command: EndContract) -> Contract:
    ended, events = contract.end(await uow.contracts.lock(command.id), uow.now)
    await uow.contracts.save(ended, events, command.reason)
    for item in await uow.work.lock_of_contract(ended.id):
        if item.state in NOT_BEGUN:
            await uow.work.save(*acceptance.cancel(item, uow.now), "contract ended")
    await release_commitment(uow, ended)
    return ended
