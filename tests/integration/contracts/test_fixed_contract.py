"""A fixed contract from the purchase order to the payable event, and what is refused on the way."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from uuid import uuid4

from contracts.main import definition
from integration.contracts.client_side import Kamai, refused, request_id, usd
from kamai.contracts.v1 import contract_pb2, events_pb2, invoice_pb2, work_pb2


async def test_from_purchase_order_to_payable(kamai: Kamai) -> None:
    """Both sign, a milestone is accepted: its invoice is matched and approved and the payable is in the outbox."""
    contract = await kamai.active(kamai.terms(fixed=kamai.fixed(1_000_00, 2_500_50)))
    assert contract.state == contract_pb2.CONTRACT_STATE_ACTIVE
    assert contract.total == usd(3_500_50)
    item = await kamai.submitted_milestone(contract.id, place=1)
    assert item.auto_accept_at.ToDatetime() == (kamai.clock.at + timedelta(days=14)).replace(tzinfo=None)
    accepted = await kamai.accept_milestone(item.id)
    assert accepted.state == work_pb2.WORK_STATE_ACCEPTED
    invoice = await kamai.invoice(accepted.invoice_id)
    assert (invoice.state, invoice.number, invoice.total) == (invoice_pb2.INVOICE_STATE_APPROVED, "2026-000001", usd(2_500_50))
    assert (invoice.issue_date, invoice.due_date) == ("2026-11-24", "2026-12-24")
    payable = events_pb2.PayableRaised.FromString((await kamai.outbox("PayableRaised"))[-1]["payload"])
    assert (payable.invoice_id, payable.amount, list(payable.work_item_ids)) == (invoice.id, usd(2_500_50), [item.id])
    order = await kamai.budget(contract.purchase_order_id)
    assert (order.committed, order.invoiced, order.available) == (usd(1_000_00), usd(2_500_50), usd(6_499_50))


async def test_events_of_an_aggregate_are_numbered_without_gaps(kamai: Kamai) -> None:
    """Sequences of one invoice, contract, work item and order run from 1 and end with the etag."""
    contract = await kamai.active(kamai.terms(fixed=kamai.fixed(10_00)))
    accepted = await kamai.accept_milestone((await kamai.submitted_milestone(contract.id)).id)
    invoice = await kamai.invoice(accepted.invoice_id)
    order = await kamai.budget(contract.purchase_order_id)
    for key, etag in [
        (contract.id, contract.etag), (accepted.id, accepted.etag), (invoice.id, invoice.etag), (order.id, order.etag),
    ]:  # fmt: skip
        rows = await kamai.pool.fetch("SELECT aggregate_version FROM outbox WHERE key = $1 ORDER BY id", key.encode())
        assert [row["aggregate_version"] for row in rows] == list(range(1, int(etag) + 1)), key


async def test_the_document_is_what_is_signed(kamai: Kamai) -> None:
    """The PDF has the hash it is signed with; another hash is refused, and the signature is kept with the right one."""
    organisation_id = await kamai.organisation()
    order_id = await kamai.order(organisation_id, 50_00)
    contract = await kamai.proposed(organisation_id, order_id, await kamai.onboarded(), kamai.terms(fixed=kamai.fixed(50_00)))
    request = contract_pb2.GetContractDocumentRequest(id=contract.id)
    document = await kamai.contracts.GetContractDocument(request, **kamai.as_())
    assert document.pdf.startswith(b"%PDF")
    assert document.sha256 == contract.document_sha256 == hashlib.sha256(document.pdf).hexdigest()
    changed = contract_pb2.Contract(id=contract.id, document_sha256="0" * 64)
    found = await refused(kamai.sign(changed))
    assert (found.reason, found.preconditions) == ("PRECONDITION_FAILED", ["DOCUMENT_CHANGED"])
    signed = await kamai.sign(contract)
    assert [s.document_sha256 for s in signed.signatures] == [document.sha256]


async def test_the_client_signs_first_and_for_itself(kamai: Kamai) -> None:
    """The contractor cannot sign before the client, without the capability, by the client's token, or as the same person."""
    organisation_id = await kamai.organisation()
    order_id = await kamai.order(organisation_id, 50_00)
    terms = kamai.terms(fixed=kamai.fixed(10_00))
    contract = await kamai.proposed(organisation_id, order_id, kamai.ids.new("contractor"), terms)
    early = await refused(kamai.sign(contract, by_contractor=True))
    assert (early.reason, early.metadata["allowed"]) == ("ILLEGAL_STATE", "sign_as_client,void")
    signed = await kamai.sign(contract)
    missing = await refused(kamai.sign(signed, by_contractor=True))
    assert missing.preconditions == ["CAPABILITY_MISSING"]
    request = contract_pb2.SignContractRequest(
        request_id=request_id(), id=contract.id, party=contract_pb2.SIGNING_PARTY_CONTRACTOR, signer_name="Sana",
        document_sha256=contract.document_sha256,
    )  # fmt: skip
    same = kamai.as_contractor(contract.contractor_id, "buyer")
    assert (await refused(kamai.contracts.SignContract(request, **same))).reason == "FOUR_EYES"
    other = await refused(kamai.contracts.SignContract(request, **kamai.as_("someone", organisation_id)))
    assert other.reason == "PERMISSION_DENIED"


async def test_a_later_first_day_schedules(kamai: Kamai) -> None:
    """Signed by both before its first day a contract is SCHEDULED and has no work yet."""
    tomorrow = kamai.clock.at.date() + timedelta(days=1)
    contract = await kamai.active(kamai.terms(start=tomorrow, fixed=kamai.fixed(10_00)))
    assert contract.state == contract_pb2.CONTRACT_STATE_SCHEDULED
    assert not await kamai.items(contract.id)


async def test_wrong_states_name_the_allowed_verbs(kamai: Kamai) -> None:
    """Accepting what was not submitted, and accepting twice, say the state and what is possible."""
    contract = await kamai.active(kamai.terms(fixed=kamai.fixed(10_00)))
    planned = (await kamai.items(contract.id))[0]
    found = await refused(kamai.accept_milestone(planned.id))
    assert (found.metadata["state"], found.metadata["allowed"]) == ("PLANNED", "cancel,submit")
    await kamai.submitted_milestone(contract.id)
    await kamai.accept_milestone(planned.id)
    again = await refused(kamai.accept_milestone(planned.id))
    assert (again.reason, again.metadata["state"]) == ("ILLEGAL_STATE", "ACCEPTED")


async def test_changes_can_be_asked_for_and_handed_in_again(kamai: Kamai) -> None:
    """CHANGES_REQUESTED stops the clock of silence and goes back to SUBMITTED; the history keeps who and why."""
    contract = await kamai.active(kamai.terms(fixed=kamai.fixed(10_00)))
    item = await kamai.submitted_milestone(contract.id)
    request = work_pb2.RequestMilestoneChangesRequest(request_id=request_id(), id=item.id, reason="tests are missing")
    changed = (await kamai.milestones.RequestMilestoneChanges(request, **kamai.as_())).work_item
    assert changed.state == work_pb2.WORK_STATE_CHANGES_REQUESTED
    assert not changed.HasField("auto_accept_at")
    assert (await kamai.submitted_milestone(contract.id)).state == work_pb2.WORK_STATE_SUBMITTED
    steps = await kamai.work.ListWorkItemTransitions(
        work_pb2.ListWorkItemTransitionsRequest(id=item.id, page_size=2), **kamai.as_()
    )
    more = await kamai.work.ListWorkItemTransitions(
        work_pb2.ListWorkItemTransitionsRequest(id=item.id, page_token=steps.next_page_token), **kamai.as_()
    )
    told = [(s.from_state, s.to_state, s.actor, s.reason) for s in (*steps.transitions, *more.transitions)]
    assert told[2] == ("SUBMITTED", "CHANGES_REQUESTED", "buyer", "tests are missing")
    assert [t[1] for t in told] == ["PLANNED", "SUBMITTED", "CHANGES_REQUESTED", "SUBMITTED"]


async def test_a_repeated_call_has_one_effect(kamai: Kamai) -> None:
    """Proposing again with the same request id gives the same bytes; with a new one the state refuses."""
    organisation_id = await kamai.organisation()
    order_id = await kamai.order(organisation_id, 50_00)
    draft = contract_pb2.DraftContractRequest(
        request_id=request_id(), organisation_id=organisation_id, contractor_id=kamai.ids.new("contractor"),
        purchase_order_id=order_id, terms=kamai.terms(fixed=kamai.fixed(10_00)), external_id=str(uuid4()),
    )  # fmt: skip
    made = (await kamai.contracts.DraftContract(draft, **kamai.as_())).contract
    propose = contract_pb2.ProposeContractRequest(request_id=request_id(), id=made.id)
    first = await kamai.contracts.ProposeContract(propose, **kamai.as_())
    assert await kamai.contracts.ProposeContract(propose, **kamai.as_()) == first
    propose.request_id = request_id()
    assert (await refused(kamai.contracts.ProposeContract(propose, **kamai.as_()))).reason == "ILLEGAL_STATE"
    draft.request_id = request_id()
    assert (await refused(kamai.contracts.DraftContract(draft, **kamai.as_()))).reason == "ALREADY_EXISTS"


async def test_bad_terms_are_told_all_at_once(kamai: Kamai) -> None:
    """Foreign currency, an amount of nothing and an end before the start come back together; a retainer is UNIMPLEMENTED."""
    organisation_id = await kamai.organisation()
    order_id = await kamai.order(organisation_id, 50_00)
    terms = kamai.terms(fixed=kamai.fixed(0, 10))
    terms.fixed.milestones[1].amount.currency = "EUR"
    terms.end_date = "2020-01-01"
    draft = contract_pb2.DraftContractRequest(
        request_id=request_id(), organisation_id=organisation_id, contractor_id=kamai.ids.new("contractor"),
        purchase_order_id=order_id, terms=terms,
    )  # fmt: skip
    found = await refused(kamai.contracts.DraftContract(draft, **kamai.as_()))
    assert set(found.fields) == {
        "terms.fixed.milestones[0].amount.amount_minor", "terms.fixed.milestones[1].amount.currency", "terms.end_date",
    }  # fmt: skip
    draft.terms.CopyFrom(kamai.terms(retainer=contract_pb2.RetainerTerms(amount=usd(1), months=1, periods=1)))
    assert (await refused(kamai.contracts.DraftContract(draft, **kamai.as_()))).reason == "UNSUPPORTED"


async def test_text_the_document_cannot_show_is_refused(kamai: Kamai) -> None:
    """A scope in a script without glyphs is named, rather than signed with gaps."""
    organisation_id = await kamai.organisation()
    order_id = await kamai.order(organisation_id, 50_00)
    terms = kamai.terms(fixed=kamai.fixed(10_00))
    terms.scope = "合同"
    found = await refused(kamai.proposed(organisation_id, order_id, kamai.ids.new("contractor"), terms))
    assert found.fields == ["terms.scope"]


def test_the_definition_names_its_parts() -> None:
    """The composition root can be read without a connection."""
    assert definition().name == "contracts"
