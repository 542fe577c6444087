"""Does an invoice agree with its purchase order? If not: why, and who has to act."""

from __future__ import annotations

from chassis.money import Money

from contracts.domain.invoice import Hold
from contracts.domain.purchase_order import Commitment, PurchaseOrder, PurchaseOrderState


def exception(order: PurchaseOrder, commitment: Commitment, amount: Money) -> Hold | None:
    """None when `amount` is within the contract's commitment, or above it within the tolerance while the order has room."""
    if order.state is PurchaseOrderState.CLOSED:
        return Hold("PURCHASE_ORDER_CLOSED", f"purchase order {order.number} is closed")
    if amount <= commitment.remaining:
        return None
    excess = amount - commitment.remaining
    if order.available < excess:
        text = f"{amount} is invoiced, {commitment.remaining} committed and {order.available} available on {order.number}"
        return Hold("PURCHASE_ORDER_EXHAUSTED", text)
    if commitment.reserved + commitment.reserved.share_bps(order.tolerance_bps) < commitment.invoiced + amount:
        text = f"{amount} exceeds the commitment of {commitment.remaining} by more than {order.tolerance_bps} basis points"
        return Hold("OVER_TOLERANCE", text)
    return None
