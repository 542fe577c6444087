"""Organisations, purchase orders and contracts, signed by both sides."""

from __future__ import annotations

from kamai.contracts.v1 import contract_pb2, purchasing_pb2

from kamai_client.demo.inputs import contracts as contract_rows
from kamai_client.demo.inputs import purchasing as purchasing_rows
from kamai_client.demo.inputs.contracts import ContractInput
from kamai_client.demo.inputs.purchasing import OrderInput, OrganisationInput
from kamai_client.demo.waiting import EVENTS_UNDER_WAY, DemoError, Follows, accepted
from kamai_client.demo.world import World
from kamai_client.errors import KamaiClientError

_ORDER_COLUMNS = {"number": "number", "currency": "currency", "ceiling": "ceiling", "tolerance_bps": "tolerance_bps"}
_TERMS_COLUMNS = contract_rows.TERMS_COLUMNS | {"purchase_order_id": "purchase_order"}


async def open_orders(world: World) -> None:
    total = len(world.batch.organisations) + len(world.batch.orders)
    with world.stages.stage("organisations and purchase orders", total) as stage:

        async def organisation(given: OrganisationInput) -> None:
            async with world.row(purchasing_rows.ORGANISATIONS, given.line, {"legal_name": "legal_name", "country": "country"}):
                world.organisations[given.key] = await _organisation(world, given)
            stage.step(given.legal_name)

        async def order(given: OrderInput) -> None:
            async with world.row(purchasing_rows.ORDERS, given.line, _ORDER_COLUMNS):
                owner = world.organisations.get(given.organisation.key)
                if owner is None:
                    said = f"organisation {given.organisation.key} was not created"
                    raise Follows(said, f"{purchasing_rows.ORGANISATIONS}:{given.organisation.line}")
                asked = purchasing_pb2.CreatePurchaseOrderRequest(
                    organisation_id=owner, number=given.number, currency=given.currency, lines=given.lines,
                    tolerance_bps=given.tolerance_bps,
                )  # fmt: skip
                world.orders[given.number] = await _order(world, asked)
            stage.step(given.number)

        await world.each(world.batch.organisations, organisation)
        await world.each(world.batch.orders, order)


async def _organisation(world: World, given: OrganisationInput) -> str:
    """One that an earlier demo made on the same stack is used again: its bank accounts can be registered only once."""
    kamai = await world.people.platform()
    external_id = f"demo/{given.key}"
    known = kamai.pages(kamai.organisations.ListOrganisations, purchasing_pb2.ListOrganisationsRequest(page_size=500))
    async for each in known:
        if (each.external_id, each.legal_name) == (external_id, given.legal_name):
            return str(each.id)
    asked = purchasing_pb2.CreateOrganisationRequest(legal_name=given.legal_name, country=given.country, external_id=external_id)
    return (await kamai.organisations.CreateOrganisation(asked)).organisation.id


async def _order(world: World, asked: purchasing_pb2.CreatePurchaseOrderRequest) -> str:
    """A number that an earlier demo took gets this demo's tag behind it."""
    kamai = await world.people.procurement(asked.organisation_id)
    try:
        return (await kamai.purchase_orders.CreatePurchaseOrder(asked)).purchase_order.id
    except KamaiClientError as error:
        if error.reason != "ALREADY_EXISTS":
            raise
        asked.number = f"{asked.number[:20]} {world.tag}"
        return (await kamai.purchase_orders.CreatePurchaseOrder(asked)).purchase_order.id


async def sign_contracts(world: World) -> None:
    """Contracts of people who are not approved are left out: they could not sign."""
    possible = [each for each in world.batch.contracts if each.contractor.key in world.contractors]
    with world.stages.stage("contracts: draft, propose, sign twice", len(possible)) as stage:

        async def one(given: ContractInput) -> None:
            async with world.row(contract_rows.CONTRACTS, given.line, _TERMS_COLUMNS, given.contractor.key):
                await _agree(world, given)
            stage.step(given.terms.title)

        await world.each(possible, one)


async def _agree(world: World, given: ContractInput) -> None:
    order_id = world.orders.get(given.order.number)
    if order_id is None:
        said = f"purchase order {given.order.number} was not opened"
        raise Follows(said, f"{purchasing_rows.ORDERS}:{given.order.line}")
    owner = world.organisations[given.order.organisation.key]
    terms = contract_pb2.ContractTerms()
    terms.CopyFrom(given.terms)
    if given.kind == "fixed":
        terms.fixed.milestones.extend(milestone.terms for milestone in given.milestones)
    buyer = await world.people.procurement(owner)
    asked = contract_pb2.DraftContractRequest(
        organisation_id=owner, contractor_id=world.contractors[given.contractor.key].id, purchase_order_id=order_id, terms=terms,
        external_id=f"{world.tag}/{given.key}",
    )  # fmt: skip
    drafted = (await buyer.contracts.DraftContract(asked)).contract
    proposed = (await buyer.contracts.ProposeContract(contract_pb2.ProposeContractRequest(id=drafted.id))).contract
    if proposed.state != contract_pb2.CONTRACT_STATE_AWAITING_CLIENT_SIGNATURE:
        raise DemoError(f"purchase order {given.order.number} does not cover it: raise its ceiling")
    client, contractor = (
        await world.people.signer(owner),
        await world.people.contractor(world.contractors[given.contractor.key].id),
    )
    await client.contracts.SignContract(_signature(proposed, contract_pb2.SIGNING_PARTY_CLIENT, given.order.organisation.signer))
    second = _signature(proposed, contract_pb2.SIGNING_PARTY_CONTRACTOR, given.contractor.profile.legal_name)
    # contracts learns by an event that the contractor may sign
    signed = await accepted(
        f"SIGN_CONTRACT of {given.contractor.key}",
        lambda: contractor.contracts.SignContract(second),
        EVENTS_UNDER_WAY,
    )
    world.contracts[given.key] = signed.contract


def _signature(
    contract: contract_pb2.Contract, party: contract_pb2.SigningParty.ValueType, name: str
) -> contract_pb2.SignContractRequest:
    return contract_pb2.SignContractRequest(
        id=contract.id, party=party, signer_name=name, document_sha256=contract.document_sha256
    )
