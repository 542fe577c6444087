"""Gives lines of a purchase order other ceilings, and keeps who did it and why. Contracts that wait for room are not moved."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.errors import StaleEtag
from chassis.money import Money

from contracts.app.ports import UnitOfWork
from contracts.domain import purchase_order
from contracts.domain.purchase_order import PurchaseOrder


@dataclass(frozen=True, slots=True)
class AmendPurchaseOrder:
    """ceilings: (line number, new ceiling)."""

    id: str
    etag: str
    ceilings: tuple[tuple[int, Money], ...]
    reason: str


async def amend_purchase_order(uow: UnitOfWork, command: AmendPurchaseOrder) -> PurchaseOrder:
    """Raises NotFound, StaleEtag, InvalidFields, PreconditionFailed."""
    order = await uow.orders.lock(command.id)
    if command.etag != str(order.version):
        raise StaleEtag("the purchase order was changed since it was read: read it again and repeat the change")
    amended, changes, events = purchase_order.amend(order, command.ceilings)
    await uow.orders.save(amended, events)
    await uow.orders.add_amendments(amended, changes, command.reason)
    return amended
