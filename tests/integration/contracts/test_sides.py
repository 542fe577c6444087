"""A token of the client acts for the client only: it neither escapes a charge nor does the contractor's work."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from integration.contracts.client_side import Kamai, refused, request_id, usd
from integration.contracts.test_session_contract import cancel, confirmed, requested, sessions
from integration.contracts.test_time_contract import contract_by_time, hourly, sheet
from kamai.contracts.v1 import contract_pb2, work_pb2


async def test_a_client_cancels_for_itself_only(kamai: Kamai) -> None:
    """A late cancellation in the contractor's name is refused to the client; the charge stands."""
    contract = await kamai.active(kamai.terms(session=sessions()))
    item = await confirmed(kamai, contract.id, kamai.clock.at + timedelta(hours=10))
    client = kamai.as_("buyer", contract.organisation_id)
    escape = cancel(item.id, work_pb2.CONTRACT_SIDE_CONTRACTOR)
    assert (await refused(kamai.sessions.CancelSession(escape, **client))).reason == "PERMISSION_DENIED"
    answer = await kamai.sessions.CancelSession(cancel(item.id, work_pb2.CONTRACT_SIDE_CLIENT), **client)
    assert (answer.work_item.state, answer.work_item.amount) == (work_pb2.WORK_STATE_CANCELLED_LATE, usd(56_25))


async def test_a_client_does_not_do_the_contractors_work(kamai: Kamai) -> None:
    """Confirming and reporting a session, handing in a milestone or a timesheet: all refused to a token of the client."""
    by_session = await kamai.active(kamai.terms(session=sessions()))
    waiting = await requested(kamai, by_session.id, kamai.clock.at + timedelta(hours=200))
    held = await confirmed(kamai, by_session.id, kamai.clock.at)
    fixed = await kamai.active(kamai.terms(fixed=kamai.fixed(10_00)))
    [milestone] = await kamai.items(fixed.id)
    by_time = await contract_by_time(kamai, hourly())
    week = sheet(by_time.id, ("2026-11-16", 1000))
    outcome = work_pb2.SESSION_OUTCOME_CONTRACTOR_NO_SHOW
    calls: list[tuple[Any, Any, contract_pb2.Contract]] = [
        (kamai.sessions.ConfirmSession, work_pb2.ConfirmSessionRequest(id=waiting.id), by_session),
        (kamai.sessions.DeliverSession, work_pb2.DeliverSessionRequest(id=held.id, outcome=outcome), by_session),
        (kamai.milestones.SubmitMilestone, work_pb2.SubmitMilestoneRequest(id=milestone.id, note="ready"), fixed),
        (kamai.timesheets.SubmitTimesheet, week, by_time),
    ]
    for method, request, contract in calls:
        request.request_id = request_id()
        client = kamai.as_("buyer", contract.organisation_id)
        assert (await refused(method(request, **client))).reason == "PERMISSION_DENIED", method


async def test_a_contractor_does_not_do_the_clients_work(kamai: Kamai) -> None:
    """Signing and cancelling for the client are refused to a contractor's token, as is whatever only procurement does."""
    organisation_id = await kamai.organisation()
    order_id = await kamai.order(organisation_id, 50_00)
    contract = await kamai.proposed(organisation_id, order_id, await kamai.onboarded(), kamai.terms(fixed=kamai.fixed(10_00)))
    sign = contract_pb2.SignContractRequest(
        request_id=request_id(), id=contract.id, party=contract_pb2.SIGNING_PARTY_CLIENT, signer_name="Sana",
        document_sha256=contract.document_sha256,
    )  # fmt: skip
    assert (await refused(kamai.contracts.SignContract(sign, **kamai.contractor))).reason == "PERMISSION_DENIED"
    void = contract_pb2.VoidContractRequest(request_id=request_id(), id=contract.id, reason="not mine to void")
    assert (await refused(kamai.contracts.VoidContract(void, **kamai.contractor))).reason == "PERMISSION_DENIED"
    by_session = await kamai.active(kamai.terms(session=sessions()))
    item = await confirmed(kamai, by_session.id, kamai.clock.at + timedelta(hours=10))
    escape = cancel(item.id, work_pb2.CONTRACT_SIDE_CLIENT)
    assert (await refused(kamai.sessions.CancelSession(escape, **kamai.contractor))).reason == "PERMISSION_DENIED"


async def test_a_contractor_sees_its_own_with_every_client(kamai: Kamai) -> None:
    """Two clients' contracts are in one list; another contractor's are not found; what a client has left to spend is not told."""
    person = await kamai.onboarded()
    made = []
    for _ in range(2):
        organisation_id = await kamai.organisation()
        order_id = await kamai.order(organisation_id, 5_00)
        made.append(await kamai.proposed(organisation_id, order_id, person, kamai.terms(fixed=kamai.fixed(10_00))))
    own, other = kamai.as_contractor(person), kamai.as_contractor(await kamai.onboarded())
    listed = (await kamai.contracts.ListContracts(contract_pb2.ListContractsRequest(), **own)).contracts
    assert [contract.id for contract in listed] == [contract.id for contract in reversed(made)]
    assert not any(contract.blockers for contract in listed)
    assert not (await kamai.contracts.ListContracts(contract_pb2.ListContractsRequest(), **other)).contracts
    for contract in made:
        request = contract_pb2.GetContractRequest(id=contract.id)
        assert (await kamai.contracts.GetContract(request, **own)).contract.id == contract.id
        assert (await refused(kamai.contracts.GetContract(request, **other))).reason == "NOT_FOUND"
        steps = contract_pb2.ListContractTransitionsRequest(id=contract.id)
        assert (await kamai.contracts.ListContractTransitions(steps, **own)).transitions
        assert (await refused(kamai.contracts.ListContractTransitions(steps, **other))).reason == "NOT_FOUND"
