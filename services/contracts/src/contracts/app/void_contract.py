"""The client withdraws a contract that is not signed by both; a commitment is released."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.app.ports import UnitOfWork
from contracts.app.release_commitment import release_commitment
from contracts.domain import contract
from contracts.domain.contract import Contract


@dataclass(frozen=True, slots=True)
class VoidContract:
    id: str
    reason: str


async def void_contract(uow: UnitOfWork, command: VoidContract) -> Contract:
    voided, events = contract.void(await uow.contracts.lock(command.id), uow.now)
    await uow.contracts.save(voided, events, command.reason)
    await release_commitment(uow, voided)
    return voided
