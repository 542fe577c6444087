"""The life of a commitment: reserved, released, consumed; exceptions and who may approve them."""

from __future__ import annotations

from integration.contracts.client_side import Kamai, refused, request_id, usd
from kamai.contracts.v1 import contract_pb2, invoice_pb2, purchasing_pb2, work_pb2


async def close(kamai: Kamai, order_id: str) -> None:
    request = purchasing_pb2.ClosePurchaseOrderRequest(request_id=request_id(), id=order_id, reason="year end")
    await kamai.orders.ClosePurchaseOrder(request, **kamai.as_())


def approve(invoice_id: str) -> invoice_pb2.ApproveInvoiceRequest:
    return invoice_pb2.ApproveInvoiceRequest(request_id=request_id(), id=invoice_id, reason="agreed with finance")


async def held_invoice(kamai: Kamai) -> tuple[contract_pb2.Contract, work_pb2.WorkItem]:
    """Accepted work of an order that was closed before: its invoice waits."""
    contract = await kamai.active(kamai.terms(fixed=kamai.fixed(40_00)))
    item = await kamai.submitted_milestone(contract.id)
    await close(kamai, contract.purchase_order_id)
    return contract, await kamai.accept_milestone(item.id)


async def test_beyond_the_budget_waits_until_another_contract_ends(kamai: Kamai) -> None:
    """PENDING_APPROVAL refuses the client's signature until EndContract elsewhere frees the money."""
    organisation_id = await kamai.organisation()
    order_id = await kamai.order(organisation_id, 100_00)
    contractor_id = await kamai.onboarded()
    first = await kamai.proposed(organisation_id, order_id, contractor_id, kamai.terms(fixed=kamai.fixed(80_00)))
    await kamai.sign(await kamai.sign(first), by_contractor=True)
    second = await kamai.proposed(organisation_id, order_id, contractor_id, kamai.terms(fixed=kamai.fixed(30_00)))
    assert second.state == contract_pb2.CONTRACT_STATE_PENDING_APPROVAL
    assert (await refused(kamai.sign(second))).preconditions == ["BUDGET_EXCEEDED"]
    again = contract_pb2.ProposeContractRequest(request_id=request_id(), id=second.id)
    assert (await refused(kamai.contracts.ProposeContract(again, **kamai.as_()))).preconditions == ["BUDGET_EXCEEDED"]
    await kamai.end(first.id)
    assert (await kamai.sign(second)).state == contract_pb2.CONTRACT_STATE_AWAITING_CONTRACTOR_SIGNATURE
    assert (await kamai.budget(order_id)).available == usd(70_00)


async def test_void_and_decline_release(kamai: Kamai) -> None:
    """What the client's signature committed is free again, and both are final."""
    organisation_id = await kamai.organisation()
    order_id = await kamai.order(organisation_id, 100_00)
    contractor_id = await kamai.onboarded()
    terms = kamai.terms(fixed=kamai.fixed(60_00))
    void = await kamai.sign(await kamai.proposed(organisation_id, order_id, contractor_id, terms))
    assert (await kamai.budget(order_id)).committed == usd(60_00)
    request = contract_pb2.VoidContractRequest(request_id=request_id(), id=void.id, reason="wrong rate")
    await kamai.contracts.VoidContract(request, **kamai.as_())
    declined = await kamai.sign(await kamai.proposed(organisation_id, order_id, contractor_id, terms))
    decline = contract_pb2.DeclineContractRequest(request_id=request_id(), id=declined.id, reason="no time")
    answer = await kamai.contracts.DeclineContract(decline, **kamai.contractor)
    assert answer.contract.state == contract_pb2.CONTRACT_STATE_DECLINED
    assert (await kamai.budget(order_id)).available == usd(100_00)
    decline.request_id = request_id()
    assert (await refused(kamai.contracts.DeclineContract(decline, **kamai.contractor))).metadata["allowed"] == ""


async def test_an_exception_says_why_and_needs_another_person(kamai: Kamai) -> None:
    """Whoever accepted the work cannot approve; another person can, and only then money is consumed and owed."""
    contract, item = await held_invoice(kamai)
    invoice = await kamai.invoice(item.invoice_id)
    assert invoice.state == invoice_pb2.INVOICE_STATE_MATCH_EXCEPTION
    assert [hold.code for hold in invoice.holds] == ["PURCHASE_ORDER_CLOSED"]
    payables = len(await kamai.outbox("PayableRaised"))
    assert (await refused(kamai.invoices.ApproveInvoice(approve(invoice.id), **kamai.as_()))).reason == "FOUR_EYES"
    answer = await kamai.invoices.ApproveInvoice(approve(invoice.id), **kamai.as_("controller"))
    assert (answer.invoice.state, len(answer.invoice.holds)) == (invoice_pb2.INVOICE_STATE_APPROVED, 0)
    assert len(await kamai.outbox("PayableRaised")) == payables + 1
    order = await kamai.budget(contract.purchase_order_id)
    assert (order.committed, order.invoiced) == (usd(0), usd(40_00))


async def test_a_void_invoice_lets_the_work_be_accepted_again(kamai: Kamai) -> None:
    """VOID keeps its number, the work is SUBMITTED again and gets the next number; an approved one cannot be withdrawn."""
    _, item = await held_invoice(kamai)
    void = invoice_pb2.VoidInvoiceRequest(request_id=request_id(), id=item.invoice_id, reason="wrong order")
    answer = await kamai.invoices.VoidInvoice(void, **kamai.as_())
    assert answer.invoice.state == invoice_pb2.INVOICE_STATE_VOID
    again = (await kamai.items(item.contract_id))[0]
    assert (again.state, again.invoice_id) == (work_pb2.WORK_STATE_SUBMITTED, "")
    second = await kamai.invoice((await kamai.accept_milestone(item.id)).invoice_id)
    assert [answer.invoice.number, second.number] == ["2026-000001", "2026-000002"]
    await kamai.invoices.ApproveInvoice(approve(second.id), **kamai.as_("controller"))
    late = invoice_pb2.VoidInvoiceRequest(request_id=request_id(), id=second.id, reason="too late")
    assert (await refused(kamai.invoices.VoidInvoice(late, **kamai.as_()))).reason == "ILLEGAL_STATE"


async def test_a_closed_order_takes_no_new_contract(kamai: Kamai) -> None:
    """Drafting, proposing and signing on it are refused; closing twice as well."""
    organisation_id = await kamai.organisation()
    order_id = await kamai.order(organisation_id, 100_00)
    terms = kamai.terms(fixed=kamai.fixed(10_00))
    contract = await kamai.proposed(organisation_id, order_id, await kamai.onboarded(), terms)
    await close(kamai, order_id)
    assert (await refused(kamai.sign(contract))).preconditions == ["PURCHASE_ORDER_CLOSED"]
    refusal = await refused(kamai.proposed(organisation_id, order_id, kamai.ids.new("contractor"), terms))
    assert refusal.preconditions == ["PURCHASE_ORDER_CLOSED"]
    assert (await refused(close(kamai, order_id))).reason == "ILLEGAL_STATE"


async def test_work_of_a_contractor_without_the_capability_is_refused(kamai: Kamai) -> None:
    """SUBMIT_WORK is asked for with every submission."""
    organisation_id = await kamai.organisation()
    order_id = await kamai.order(organisation_id, 100_00)
    contractor_id = await kamai.onboarded("SIGN_CONTRACT")
    terms = kamai.terms(fixed=kamai.fixed(10_00))
    contract = await kamai.sign(await kamai.proposed(organisation_id, order_id, contractor_id, terms))
    await kamai.sign(contract, by_contractor=True)
    assert (await refused(kamai.submitted_milestone(contract.id))).preconditions == ["CAPABILITY_MISSING"]
