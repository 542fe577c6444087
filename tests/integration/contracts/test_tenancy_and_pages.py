"""A token of one organisation sees nothing of another; lists come in pages."""

from __future__ import annotations

from typing import Any

from integration.contracts.client_side import Kamai, refused, request_id
from kamai.contracts.v1 import contract_pb2, invoice_pb2, purchasing_pb2, work_pb2


async def test_another_organisations_objects_are_not_found(kamai: Kamai) -> None:
    """Reading, changing and listing them answer NOT_FOUND; one's own pass."""
    contract = await kamai.active(kamai.terms(fixed=kamai.fixed(10_00)))
    item = await kamai.submitted_milestone(contract.id)
    stranger = kamai.as_("spy", await kamai.organisation())
    owner = kamai.as_("buyer", contract.organisation_id)
    calls: list[Any] = [
        (kamai.contracts.GetContract, contract_pb2.GetContractRequest(id=contract.id)),
        (kamai.contracts.GetContractDocument, contract_pb2.GetContractDocumentRequest(id=contract.id)),
        (kamai.contracts.ListContractTransitions, contract_pb2.ListContractTransitionsRequest(id=contract.id)),
        (
            kamai.contracts.EndContract,
            contract_pb2.EndContractRequest(request_id=request_id(), id=contract.id, reason="mine"),
        ),
        (kamai.work.GetWorkItem, work_pb2.GetWorkItemRequest(id=item.id)),
        (kamai.milestones.AcceptMilestone, work_pb2.AcceptMilestoneRequest(request_id=request_id(), id=item.id)),
        (kamai.orders.GetPurchaseOrder, purchasing_pb2.GetPurchaseOrderRequest(id=contract.purchase_order_id)),
        (kamai.orders.ListPurchaseOrders, purchasing_pb2.ListPurchaseOrdersRequest(organisation_id=contract.organisation_id)),
        (kamai.organisations.GetOrganisation, purchasing_pb2.GetOrganisationRequest(id=contract.organisation_id)),
        (kamai.contracts.ListContracts, contract_pb2.ListContractsRequest(organisation_id=contract.organisation_id)),
    ]
    for method, request in calls:
        assert (await refused(method(request, **stranger))).reason == "NOT_FOUND", method
    accepted = await kamai.milestones.AcceptMilestone(
        work_pb2.AcceptMilestoneRequest(request_id=request_id(), id=item.id), **owner
    )
    invoice = invoice_pb2.GetInvoiceRequest(id=accepted.work_item.invoice_id)
    assert (await kamai.invoices.GetInvoice(invoice, **owner)).invoice.contract_id == contract.id
    assert (await refused(kamai.invoices.GetInvoice(invoice, **stranger))).reason == "NOT_FOUND"
    assert not (await kamai.invoices.ListInvoices(invoice_pb2.ListInvoicesRequest(), **stranger)).invoices
    own = await kamai.organisations.ListOrganisations(purchasing_pb2.ListOrganisationsRequest(), **owner)
    assert [o.id for o in own.organisations] == [contract.organisation_id]


async def test_an_organisation_cannot_create_another(kamai: Kamai) -> None:
    """Tenants are made by callers of no tenant."""
    request = purchasing_pb2.CreateOrganisationRequest(request_id=request_id(), legal_name="Second Ltd", country="GB")
    refusal = await refused(kamai.organisations.CreateOrganisation(request, **kamai.as_("x", await kamai.organisation())))
    assert refusal.reason == "PERMISSION_DENIED"


async def test_pages_hold_everything_once(kamai: Kamai) -> None:
    """Seven orders by three: newest first, none twice; a token of other filters is refused."""
    organisation_id = await kamai.organisation()
    made = [await kamai.order(organisation_id, 1_00) for _ in range(7)]
    seen, token = [], ""
    for _ in range(3):
        request = purchasing_pb2.ListPurchaseOrdersRequest(organisation_id=organisation_id, page_size=3, page_token=token)
        answer = await kamai.orders.ListPurchaseOrders(request, **kamai.as_())
        seen += [order.id for order in answer.purchase_orders]
        token = answer.next_page_token or token
    assert seen == made[::-1]
    crossed = purchasing_pb2.ListPurchaseOrdersRequest(organisation_id=await kamai.organisation(), page_token=token)
    assert (await refused(kamai.orders.ListPurchaseOrders(crossed, **kamai.as_()))).reason == "INVALID_PAGE_TOKEN"


async def test_lists_filter_by_state_and_party(kamai: Kamai) -> None:
    """Contracts by contractor and state, invoices by contract and state."""
    contract = await kamai.active(kamai.terms(fixed=kamai.fixed(10_00)))
    wanted = contract_pb2.ListContractsRequest(contractor_id=contract.contractor_id, states=[contract_pb2.CONTRACT_STATE_ACTIVE])
    assert [c.id for c in (await kamai.contracts.ListContracts(wanted, **kamai.as_())).contracts] == [contract.id]
    wanted.states[:] = [contract_pb2.CONTRACT_STATE_DRAFT]
    assert not (await kamai.contracts.ListContracts(wanted, **kamai.as_())).contracts
    await kamai.accept_milestone((await kamai.submitted_milestone(contract.id)).id)
    invoices = invoice_pb2.ListInvoicesRequest(contract_id=contract.id, states=[invoice_pb2.INVOICE_STATE_APPROVED])
    assert len((await kamai.invoices.ListInvoices(invoices, **kamai.as_())).invoices) == 1


async def test_a_number_is_unique_in_its_organisation_only(kamai: Kamai) -> None:
    """The same purchase order number twice is refused; another organisation may use it."""
    first, second = await kamai.organisation(), await kamai.organisation()
    await kamai.order(first, 1_00, "PO-7")
    assert (await refused(kamai.order(first, 1_00, "PO-7"))).reason == "ALREADY_EXISTS"
    await kamai.order(second, 1_00, "PO-7")
