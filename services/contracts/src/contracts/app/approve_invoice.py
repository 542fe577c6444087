"""Approves an invoice that did not match: another person than the one who accepted the work, within what the order still has."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.app.invoice_work import commitment_of
from contracts.app.ports import UnitOfWork
from contracts.app.release_commitment import release_commitment
from contracts.domain import invoice, purchase_order
from contracts.domain.invoice import Invoice


@dataclass(frozen=True, slots=True)
class ApproveInvoice:
    id: str
    reason: str


async def approve_invoice(uow: UnitOfWork, command: ApproveInvoice) -> Invoice:
    """A closed order is no obstacle to a person's decision; a lack of budget is."""
    seen = await uow.invoices.get(command.id)
    contract = await uow.contracts.lock(seen.contract_id)
    approved, events = invoice.approve(await uow.invoices.lock(command.id), uow.actor, uow.now)
    order = await uow.orders.lock(contract.purchase_order_id)
    held = await commitment_of(uow, contract)
    order, held, budget_events = purchase_order.consume(order, held, approved.total)
    await uow.invoices.save(approved, events, command.reason)
    await uow.orders.save(order, budget_events)
    await uow.orders.keep_commitment(held)
    await release_commitment(uow, contract)
    return approved
