"""Withdraws an invoice that is not approved; its work waits for the client again."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.app.ports import UnitOfWork
from contracts.domain import acceptance, invoice
from contracts.domain.invoice import Invoice


@dataclass(frozen=True, slots=True)
class VoidInvoice:
    id: str
    reason: str


async def void_invoice(uow: UnitOfWork, command: VoidInvoice) -> Invoice:
    """Nothing was taken from the purchase order yet, so nothing goes back."""
    seen = await uow.invoices.get(command.id)
    contract = await uow.contracts.lock(seen.contract_id)
    voided, events = invoice.void(await uow.invoices.lock(command.id), uow.now)
    await uow.invoices.save(voided, events, command.reason)
    for item in await uow.work.lock_of_invoice(voided.id):
        await uow.work.save(*acceptance.reopen(item, contract, uow.now), f"invoice {voided.number} is void")
    return voided
