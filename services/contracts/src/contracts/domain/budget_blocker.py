"""What of a purchase order keeps the client from signing a contract: looked up whenever it is asked, never stored."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.domain.codes import BLOCKERS
from contracts.domain.contract import Contract, ContractState
from contracts.domain.purchase_order import PurchaseOrder, PurchaseOrderState, say_shortfall

# The client's signature is still to come.
UNSIGNED = frozenset({ContractState.DRAFT, ContractState.PENDING_APPROVAL, ContractState.AWAITING_CLIENT_SIGNATURE})
BUDGET_EXCEEDED, PURCHASE_ORDER_CLOSED = "BUDGET_EXCEEDED", "PURCHASE_ORDER_CLOSED"


@dataclass(frozen=True, slots=True)
class BudgetBlocker:
    """`order` as it was when it was asked."""

    code: str
    message: str
    order: PurchaseOrder

    @property
    def who_acts(self) -> str:
        return BLOCKERS[self.code][1]

    @property
    def remedy(self) -> str:
        return BLOCKERS[self.code][2]


def find(contract: Contract, order: PurchaseOrder) -> BudgetBlocker | None:
    """None when the client could sign, or has."""
    if contract.state not in UNSIGNED:
        return None
    if order.state is PurchaseOrderState.CLOSED:
        return BudgetBlocker(PURCHASE_ORDER_CLOSED, f"purchase order {order.number} is closed", order)
    if order.available < contract.total:
        return BudgetBlocker(BUDGET_EXCEEDED, say_shortfall(order, contract.total), order)
    return None
