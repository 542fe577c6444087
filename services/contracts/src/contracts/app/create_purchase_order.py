"""Opens a purchase order."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.app.ports import UnitOfWork
from contracts.domain import purchase_order
from contracts.domain.purchase_order import OrderLine, PurchaseOrder


@dataclass(frozen=True, slots=True)
class CreatePurchaseOrder:
    organisation_id: str
    number: str
    currency: str
    lines: tuple[OrderLine, ...]
    tolerance_bps: int


async def create_purchase_order(uow: UnitOfWork, command: CreatePurchaseOrder) -> PurchaseOrder:
    owner = await uow.organisations.get(command.organisation_id)
    order, events = purchase_order.open_order(
        uow.ids.new("po"), owner.id, command.number, command.currency, command.lines, command.tolerance_bps, uow.now
    )
    await uow.orders.add(order, events)
    return order
