"""The invoice of accepted work: numbered, matched against the purchase order, approved when it agrees. Part of acceptance."""

from __future__ import annotations

from chassis.errors import PreconditionFailed

from contracts.app.ports import UnitOfWork
from contracts.domain import invoice, matching, purchase_order
from contracts.domain.contract import Contract
from contracts.domain.description import describe
from contracts.domain.purchase_order import Commitment
from contracts.domain.work import WorkItem


async def invoice_work(uow: UnitOfWork, invoice_id: str, contract: Contract, item: WorkItem) -> None:
    """The counter is locked last and shortest: it is shared by all clients of the contractor."""
    order = await uow.orders.lock(contract.purchase_order_id)
    held = await commitment_of(uow, contract)
    hold = matching.exception(order, held, item.amount)
    if hold is None:
        order, held, budget_events = purchase_order.consume(order, held, item.amount)
        await uow.orders.save(order, budget_events)
        await uow.orders.keep_commitment(held)
    year = uow.now.year
    number = invoice.number(year, await uow.invoices.next_number(contract.contractor_id, year))
    issued, events = invoice.issue(invoice_id, contract, item, describe(item), number, uow.actor, uow.now)
    final, more = invoice.match(issued, hold, uow.now)
    await uow.invoices.add(final, (*events, *more), hold.message if hold else "")


async def commitment_of(uow: UnitOfWork, contract: Contract) -> Commitment:
    """Read under the lock of the purchase order. Work exists only under a contract that the client signed."""
    held = await uow.orders.commitment(contract.id)
    if held is None:
        raise PreconditionFailed.one("NOT_COMMITTED", contract.id, "the contract holds nothing of its purchase order")
    return held
