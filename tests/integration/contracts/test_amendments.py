"""A contract beyond the budget says what is missing; the purchase order is amended, and the client signs."""

from __future__ import annotations

from integration.contracts.client_side import Kamai, refused, request_id, usd
from kamai.contracts.v1 import contract_pb2, events_pb2, purchasing_pb2
from kamai.type.v1 import history_pb2


def amendment(order: purchasing_pb2.PurchaseOrder, ceiling_minor: int, line: int = 1) -> purchasing_pb2.AmendPurchaseOrderRequest:
    ceiling = purchasing_pb2.LineCeiling(line_number=line, ceiling=usd(ceiling_minor))
    return purchasing_pb2.AmendPurchaseOrderRequest(
        request_id=request_id(), id=order.id, etag=order.etag, ceilings=[ceiling], reason="second team"
    )


async def beyond_budget(kamai: Kamai) -> contract_pb2.Contract:
    """USD 120.00 wanted on an order of USD 100.00, of which another contract holds 80.00."""
    organisation_id = await kamai.organisation()
    order_id = await kamai.order(organisation_id, 100_00)
    contractor_id = await kamai.onboarded()
    await kamai.sign(await kamai.proposed(organisation_id, order_id, contractor_id, kamai.terms(fixed=kamai.fixed(80_00))))
    return await kamai.proposed(organisation_id, order_id, contractor_id, kamai.terms(fixed=kamai.fixed(120_00)))


async def read(kamai: Kamai, contract_id: str) -> contract_pb2.Contract:
    return (await kamai.contracts.GetContract(contract_pb2.GetContractRequest(id=contract_id), **kamai.as_())).contract


async def test_a_contract_beyond_the_budget_says_what_is_missing(kamai: Kamai) -> None:
    """The answer to ProposeContract, GetContract, ListContracts and the kept step all give order, figures and who acts."""
    proposed = await beyond_budget(kamai)
    order = await kamai.budget(proposed.purchase_order_id)
    assert proposed.state == contract_pb2.CONTRACT_STATE_PENDING_APPROVAL
    assert proposed.shortfall == contract_pb2.BudgetShortfall(
        purchase_order_id=order.id, purchase_order_number=order.number, ceiling=usd(100_00), committed=usd(80_00),
        invoiced=usd(0), available=usd(20_00), needed=usd(120_00), missing=usd(100_00),
    )  # fmt: skip
    [blocker] = proposed.blockers
    assert (blocker.code, blocker.who_acts, blocker.subject) == ("BUDGET_EXCEEDED", history_pb2.PARTY_ORGANISATION, order.id)
    assert blocker.remedy
    for said in ("120.00 USD is needed", "20.00 USD is available", "100.00 USD is missing", order.number):
        assert said in blocker.message
    assert await read(kamai, proposed.id) == proposed
    request = contract_pb2.ListContractsRequest(organisation_id=proposed.organisation_id)
    listed = (await kamai.contracts.ListContracts(request, **kamai.as_())).contracts
    assert [[b.code for b in each.blockers] for each in listed] == [["BUDGET_EXCEEDED"], []]
    history = contract_pb2.ListContractTransitionsRequest(id=proposed.id)
    steps = (await kamai.contracts.ListContractTransitions(history, **kamai.as_())).transitions
    assert blocker.message == steps[-1].reason


async def test_a_raised_order_lets_the_client_sign(kamai: Kamai) -> None:
    """Amending moves no contract, but what blocked it is gone: the client signs. What was amended stays readable."""
    proposed = await beyond_budget(kamai)
    before = await kamai.budget(proposed.purchase_order_id)
    answer = await kamai.orders.AmendPurchaseOrder(amendment(before, 200_00), **kamai.as_("owner"))
    after = answer.purchase_order
    assert (after.ceiling, after.available, after.lines[0].ceiling) == (usd(200_00), usd(120_00), usd(200_00))
    waiting = await read(kamai, proposed.id)
    assert (waiting.state, len(waiting.blockers)) == (contract_pb2.CONTRACT_STATE_PENDING_APPROVAL, 0)
    assert not waiting.HasField("shortfall")
    assert (await kamai.sign(waiting)).state == contract_pb2.CONTRACT_STATE_AWAITING_CONTRACTOR_SIGNATURE
    assert (await kamai.budget(after.id)).available == usd(0)
    kept = await kamai.orders.ListPurchaseOrderAmendments(
        purchasing_pb2.ListPurchaseOrderAmendmentsRequest(id=after.id), **kamai.as_()
    )
    [one] = kept.amendments
    assert (one.line_number, one.from_ceiling, one.to_ceiling) == (1, usd(100_00), usd(200_00))
    assert (one.actor, one.reason, str(one.version)) == ("owner", "second team", after.etag)
    row = (await kamai.outbox("PurchaseOrderAmended"))[-1]
    event = events_pb2.PurchaseOrderAmended.FromString(row["payload"])
    assert (event.purchase_order_id, event.from_ceiling, event.to_ceiling) == (after.id, usd(100_00), usd(200_00))
    assert str(row["aggregate_version"]) == after.etag


async def test_an_amendment_happens_once_and_on_what_was_read(kamai: Kamai) -> None:
    """A repeat gets the first answer; refused are an old etag, a ceiling below what is committed, another tenant."""
    organisation_id = await kamai.organisation()
    before = await kamai.budget(await kamai.order(organisation_id, 100_00))
    request = amendment(before, 150_00)
    first = await kamai.orders.AmendPurchaseOrder(request, **kamai.as_())
    assert await kamai.orders.AmendPurchaseOrder(request, **kamai.as_()) == first
    stale = await refused(kamai.orders.AmendPurchaseOrder(amendment(before, 175_00), **kamai.as_()))
    assert stale.reason == "STALE_ETAG"
    terms = kamai.terms(fixed=kamai.fixed(90_00))
    await kamai.sign(await kamai.proposed(organisation_id, before.id, await kamai.onboarded(), terms))
    now = await kamai.budget(before.id)
    low = await refused(kamai.orders.AmendPurchaseOrder(amendment(now, 89_99), **kamai.as_()))
    assert low.preconditions == ["CEILING_BELOW_COMMITTED"]
    unknown = await refused(kamai.orders.AmendPurchaseOrder(amendment(now, 200_00, line=2), **kamai.as_()))
    assert unknown.fields == ["ceilings[0].line_number"]
    other = kamai.as_("spy", await kamai.organisation())
    kamai.client_id = organisation_id
    assert (await refused(kamai.orders.AmendPurchaseOrder(amendment(now, 200_00), **other))).reason == "NOT_FOUND"
    assert (await kamai.orders.AmendPurchaseOrder(amendment(now, 90_00), **kamai.as_())).purchase_order.available == usd(0)
    asked = purchasing_pb2.ListPurchaseOrderAmendmentsRequest(id=before.id, page_size=1)
    page = await kamai.orders.ListPurchaseOrderAmendments(asked, **kamai.as_())
    asked.page_token = page.next_page_token
    last = await kamai.orders.ListPurchaseOrderAmendments(asked, **kamai.as_())
    assert [a.to_ceiling for a in (*page.amendments, *last.amendments)] == [usd(150_00), usd(90_00)]
    assert not last.next_page_token
    steps = purchasing_pb2.ListPurchaseOrderTransitionsRequest(id=before.id)
    kept = (await kamai.orders.ListPurchaseOrderTransitions(steps, **kamai.as_())).transitions
    assert [step.to_state for step in kept] == ["OPEN"]
