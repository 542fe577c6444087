"""Accepting work: the item and its invoice, in one transaction. Shared by the three verbs and by the clock."""

from __future__ import annotations

from contracts.app.find_work import with_contract
from contracts.app.invoice_work import invoice_work
from contracts.app.ports import UnitOfWork
from contracts.app.release_commitment import release_commitment
from contracts.domain import acceptance
from contracts.domain.contract import Contract
from contracts.domain.work import WorkItem, WorkKind


async def accept_work(uow: UnitOfWork, work_id: str, kind: WorkKind, reason: str = "") -> WorkItem:
    """Raises IllegalState when it is not handed in, or was accepted before."""
    item, contract = await with_contract(uow, work_id, kind)
    return await accept_locked(uow, item, contract, reason)


async def accept_locked(uow: UnitOfWork, item: WorkItem, contract: Contract, reason: str) -> WorkItem:
    """Free work is accepted without an invoice."""
    invoice_id = uow.ids.new("invoice") if item.amount.amount_minor else ""
    accepted, events = acceptance.accept(item, invoice_id, uow.now)
    if invoice_id:
        await invoice_work(uow, invoice_id, contract, item)
    await uow.work.save(accepted, events, reason)
    await release_commitment(uow, contract)
    return accepted
