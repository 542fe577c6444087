"""Signs for one party: the client's signature commits the purchase order, the contractor's lets the contract begin."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.errors import PermissionDenied

from contracts.app.plan_milestones import plan_milestones
from contracts.app.ports import UnitOfWork
from contracts.domain import capability, contract, purchase_order
from contracts.domain.contract import Contract, ContractState, Party


@dataclass(frozen=True, slots=True)
class SignContract:
    id: str
    party: Party
    signer_name: str
    document_sha256: str


async def sign_contract(uow: UnitOfWork, command: SignContract) -> Contract:
    before = await uow.contracts.lock(command.id)
    if command.party is Party.CLIENT:
        return await _as_client(uow, before, command)
    return await _as_contractor(uow, before, command)


async def _as_client(uow: UnitOfWork, before: Contract, command: SignContract) -> Contract:
    """The row lock of the purchase order lets one signature after the other see what is still available."""
    if uow.contractor_id:
        raise PermissionDenied("a token of the contractor cannot sign for the client")
    signed, events = contract.sign_as_client(before, command.signer_name, uow.actor, command.document_sha256, uow.now)
    order = await uow.orders.lock(before.purchase_order_id)
    order, commitment, budget_events = purchase_order.reserve(order, before.id, before.total)
    await uow.contracts.save(signed, events, "signed by the client")
    await uow.orders.save(order, budget_events)
    await uow.orders.keep_commitment(commitment)
    return signed


async def _as_contractor(uow: UnitOfWork, before: Contract, command: SignContract) -> Contract:
    if uow.organisation_id:
        raise PermissionDenied("a token of the client cannot sign for the contractor")
    signed, events = contract.sign_as_contractor(before, command.signer_name, uow.actor, command.document_sha256, uow.now)
    capability.require(await uow.capabilities.of(before.contractor_id), capability.SIGN_CONTRACT, before.contractor_id)
    await uow.contracts.save(signed, events, "signed by the contractor")
    if signed.state is ContractState.ACTIVE:
        await plan_milestones(uow, signed)
    return signed
