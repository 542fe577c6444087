"""The contractor declines; what the client's signature committed is released."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.app.ports import UnitOfWork
from contracts.app.release_commitment import release_commitment
from contracts.domain import contract
from contracts.domain.contract import Contract


@dataclass(frozen=True, slots=True)
class DeclineContract:
    id: str
    reason: str


async def decline_contract(uow: UnitOfWork, command: DeclineContract) -> Contract:
    declined, events = contract.decline(await uow.contracts.lock(command.id), uow.now)
    await uow.contracts.save(declined, events, command.reason)
    await release_commitment(uow, declined)
    return declined
