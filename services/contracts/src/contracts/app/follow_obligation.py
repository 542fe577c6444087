"""An invoice and its work follow what payouts says about the payment."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.money import Money

from contracts.app.ports import UnitOfWork
from contracts.domain import acceptance, invoice
from contracts.domain.invoice import InvoiceState, Obligation
from contracts.domain.work import WorkState


@dataclass(frozen=True, slots=True)
class FollowObligation:
    invoice_id: str
    state: Obligation
    credited: Money


async def follow_obligation(uow: UnitOfWork, command: FollowObligation) -> None:
    """The report tells the whole state, not a step: repeating or skipping one leads to the same end."""
    followed, events = invoice.follow(await uow.invoices.lock(command.invoice_id), command.state, command.credited, uow.now)
    if events:
        await uow.invoices.save(followed, events, f"obligation {command.state}")
    for item in await uow.work.lock_of_invoice(followed.id):
        if followed.state is InvoiceState.APPROVED and item.state is not WorkState.PAID:
            continue
        after, moves = acceptance.follow_payment(item, followed.state is InvoiceState.PAID, uow.now)
        if moves:
            await uow.work.save(after, moves, f"invoice {followed.number} {followed.state}")
