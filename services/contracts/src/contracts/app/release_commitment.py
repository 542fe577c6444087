"""Gives back to the purchase order what a contract that is over holds beyond delivered work; part of everything that ends one."""

from __future__ import annotations

from contracts.app.ports import UnitOfWork
from contracts.domain import purchase_order
from contracts.domain.contract import Contract, ContractState

RUNNING = frozenset({ContractState.AWAITING_CONTRACTOR_SIGNATURE, ContractState.SCHEDULED, ContractState.ACTIVE})


async def release_commitment(uow: UnitOfWork, contract: Contract) -> None:
    """Called under the lock of the contract; has no effect while it runs, or when it holds nothing."""
    if contract.state in RUNNING:
        return
    order = await uow.orders.lock(contract.purchase_order_id)
    held = await uow.orders.commitment(contract.id)
    if held is None:
        return
    order, held, events = purchase_order.release(order, held, await uow.work.unsettled(contract))
    if events:
        await uow.orders.save(order, events)
        await uow.orders.keep_commitment(held)
