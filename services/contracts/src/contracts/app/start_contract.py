"""A signed contract begins on its first day (UTC)."""

from __future__ import annotations

from contracts.app.plan_milestones import plan_milestones
from contracts.app.ports import UnitOfWork
from contracts.domain import contract
from contracts.domain.contract import ContractState


async def start_contract(uow: UnitOfWork, contract_id: str) -> None:
    """Has no effect when the contract was changed meanwhile."""
    before = await uow.contracts.lock(contract_id)
    if before.state is not ContractState.SCHEDULED or before.terms.start_date > uow.now.date():
        return
    started, events = contract.start(before, uow.now)
    await uow.contracts.save(started, events, "first day reached")
    await plan_milestones(uow, started)
