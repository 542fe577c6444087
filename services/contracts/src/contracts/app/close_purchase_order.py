"""Closes a purchase order: no further contract is drawn on it, and an invoice of a running one waits for a person."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.app.ports import UnitOfWork
from contracts.domain import purchase_order
from contracts.domain.purchase_order import PurchaseOrder


@dataclass(frozen=True, slots=True)
class ClosePurchaseOrder:
    id: str
    reason: str


async def close_purchase_order(uow: UnitOfWork, command: ClosePurchaseOrder) -> PurchaseOrder:
    order, events = purchase_order.close(await uow.orders.lock(command.id))
    await uow.orders.save(order, events, command.reason)
    return order
