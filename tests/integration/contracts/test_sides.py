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
