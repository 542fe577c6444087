"""Drafts a contract between an organisation and a contractor, drawn on a purchase order."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.errors import InvalidFields

from contracts.app.ports import UnitOfWork
from contracts.domain import contract, purchase_order, terms
from contracts.domain.contract import Contract
from contracts.domain.terms import ContractTerms


@dataclass(frozen=True, slots=True)
class DraftContract:
    organisation_id: str
    contractor_id: str
    purchase_order_id: str
    terms: ContractTerms
    external_id: str


async def draft_contract(uow: UnitOfWork, command: DraftContract) -> Contract:
    """The contractor need not be onboarded yet; without the capability it cannot sign."""
    owner = await uow.organisations.get(command.organisation_id)
    order = await uow.orders.get(command.purchase_order_id)
    if order.organisation_id != owner.id:
        raise InvalidFields.one("purchase_order_id", "belongs to another organisation", "NOT_OWN")
    purchase_order.require_open(order)
    terms.check(command.terms)
    if command.terms.currency != order.currency:
        raise InvalidFields.one(
            "terms.currency", f"must be {order.currency}, the currency of the purchase order", "CURRENCY_MISMATCH"
        )
    drafted, events = contract.draft(
        uow.ids.new("contract"), owner.id, command.contractor_id, order.id, command.terms, command.external_id, uow.now
    )
    await uow.contracts.add(drafted, events)
    return drafted
