"""Sends a draft for signature; beyond the budget it waits for approval."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.errors import Conflict

from contracts.app.ports import Document, DocumentRenderer, UnitOfWork
from contracts.domain import contract, purchase_order
from contracts.domain.contract import CONTRACT, Contract, ContractState
from contracts.domain.purchase_order import PurchaseOrder


@dataclass(frozen=True, slots=True)
class ProposeContract:
    """`document`: rendered from version `rendered_version` before the transaction began; None when it exists already."""

    id: str
    document: Document | None
    rendered_version: int


@dataclass(frozen=True, slots=True)
class DocumentSource:
    """What a document is made from."""

    contract: Contract
    client_name: str
    order_number: str


async def document_source(uow: UnitOfWork, contract_id: str) -> DocumentSource:
    """Read in a transaction of its own, so that rendering holds no lock and no connection."""
    found = await uow.contracts.get(contract_id)
    owner = await uow.organisations.get(found.organisation_id)
    order = await uow.orders.get(found.purchase_order_id)
    return DocumentSource(found, owner.legal_name, order.number)


async def render_if_new(renderer: DocumentRenderer, source: DocumentSource) -> Document | None:
    if source.contract.state is not ContractState.DRAFT:
        return None
    return await renderer.render(source.contract, source.client_name, source.order_number)


async def propose_contract(uow: UnitOfWork, command: ProposeContract) -> Contract:
    before = await uow.contracts.lock(command.id)
    CONTRACT.next(before.state, "propose")
    order = await uow.orders.get(before.purchase_order_id)
    purchase_order.require_open(order)
    document = command.document
    if before.state is ContractState.DRAFT and (document is None or before.version != command.rendered_version):
        raise Conflict("the contract has changed: repeat with the same request_id")
    digest = document.sha256 if document else before.document_sha256
    proposed, events = contract.propose(before, order, digest, uow.now)
    await uow.contracts.save(proposed, events, _why(proposed, order))
    if document and before.state is ContractState.DRAFT:
        await uow.contracts.keep_document(proposed, document)
    return proposed


def _why(proposed: Contract, order: PurchaseOrder) -> str:
    waits = proposed.state is ContractState.PENDING_APPROVAL
    return purchase_order.say_shortfall(order, proposed.total) if waits else "the purchase order covers it"
