"""What of their purchase orders keeps clients from signing contracts: part of every answer that shows a contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from contracts.app.ports import UnitOfWork
from contracts.domain import budget_blocker
from contracts.domain.budget_blocker import UNSIGNED, BudgetBlocker
from contracts.domain.contract import Contract


async def budget_blockers(uow: UnitOfWork, contracts: Sequence[Contract]) -> Mapping[str, BudgetBlocker]:
    """By contract id; contracts without one are absent. One look at all their orders together."""
    if uow.contractor_id:
        return {}  # what a client has left to spend is not the contractor's to know
    waiting = [contract for contract in contracts if contract.state in UNSIGNED]
    orders = await uow.orders.many({contract.purchase_order_id for contract in waiting}) if waiting else {}
    found = {contract.id: budget_blocker.find(contract, orders[contract.purchase_order_id]) for contract in waiting}
    return {contract_id: blocker for contract_id, blocker in found.items() if blocker}
