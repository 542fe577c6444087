"""Session contracts: quoted, requested, confirmed, delivered, accepted; or cancelled, or missed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from integration.contracts.client_side import Kamai, at, refused, request_id, usd
from kamai.contracts.v1 import contract_pb2, invoice_pb2, work_pb2

SKILL = "system-design-interview"
SATURDAY_IN_KARACHI = datetime(2026, 11, 27, 20, 0, tzinfo=UTC)  # Friday in UTC


def sessions(budget_minor: int = 2_000_00) -> Any:
    return contract_pb2.SessionTerms(
        rates=[contract_pb2.SkillRate(skill=SKILL, hourly_rate=usd(90_00))],
        minimum_minutes=60,
        urgency_premiums=[
            contract_pb2.UrgencyPremium(notice_hours=24, premium_bps=2500),
            contract_pb2.UrgencyPremium(notice_hours=100, premium_bps=1000),
        ],
        weekend_premium_bps=2000,
        no_show_bps=10_000,
        late_cancellation_bps=5_000,
        late_cancellation_hours=24,
        budget=usd(budget_minor),
        time_zone="Asia/Karachi",
    )


async def requested(kamai: Kamai, contract_id: str, start: datetime, minutes: int = 45) -> work_pb2.WorkItem:
    request = work_pb2.RequestSessionRequest(
        request_id=request_id(), contract_id=contract_id, skill=SKILL, start_time=at(start), minutes=minutes
    )
    return (await kamai.sessions.RequestSession(request, **kamai.as_())).work_item


async def confirmed(kamai: Kamai, contract_id: str, start: datetime) -> work_pb2.WorkItem:
    item = await requested(kamai, contract_id, start)
    request = work_pb2.ConfirmSessionRequest(request_id=request_id(), id=item.id)
    return (await kamai.sessions.ConfirmSession(request, **kamai.contractor)).work_item


async def delivered(kamai: Kamai, item_id: str, outcome: Any) -> work_pb2.WorkItem:
    request = work_pb2.DeliverSessionRequest(request_id=request_id(), id=item_id, outcome=outcome)
    return (await kamai.sessions.DeliverSession(request, **kamai.contractor)).work_item


def accept(item_id: str) -> work_pb2.AcceptSessionRequest:
    return work_pb2.AcceptSessionRequest(request_id=request_id(), id=item_id)


def cancel(item_id: str, side: Any) -> work_pb2.CancelSessionRequest:
    return work_pb2.CancelSessionRequest(
        request_id=request_id(),
        id=item_id,
        cancelled_by=side,
        reason="the candidate withdrew",
    )


async def test_urgency_and_weekend_are_explained_and_invoiced(kamai: Kamai) -> None:
    """83 h of notice and a Saturday in Karachi: base, minimum, premiums by line; the quote equals the price."""
    contract = await kamai.active(kamai.terms(session=sessions()))
    quote = await kamai.sessions.QuoteSession(
        work_pb2.QuoteSessionRequest(contract_id=contract.id, skill=SKILL, start_time=at(SATURDAY_IN_KARACHI), minutes=45),
        **kamai.as_(),
    )
    item = await confirmed(kamai, contract.id, SATURDAY_IN_KARACHI)
    assert list(item.price_lines) == list(quote.price_lines)
    assert [(line.description, line.amount.amount_minor) for line in item.price_lines] == [
        (f"45 min {SKILL} at 90.00 USD/h", 67_50),
        ("minimum of 60 min", 22_50),
        ("urgency premium 10 % (notice 83 h < 100 h)", 9_00),
        ("weekend premium 20 % (Saturday in Asia/Karachi)", 18_00),
    ]
    held = await delivered(kamai, item.id, work_pb2.SESSION_OUTCOME_HELD)
    assert held.state == work_pb2.WORK_STATE_DELIVERED
    accepted = (await kamai.sessions.AcceptSession(accept(item.id), **kamai.as_())).work_item
    assert accepted.state == work_pb2.WORK_STATE_ACCEPTED
    invoice = await kamai.invoice(accepted.invoice_id)
    assert (invoice.state, invoice.total) == (invoice_pb2.INVOICE_STATE_APPROVED, usd(117_00))


async def test_late_cancellation_is_charged_at_once(kamai: Kamai) -> None:
    """A client that cancels a confirmed session late owes the agreed share: its invoice is there with the cancellation."""
    contract = await kamai.active(kamai.terms(session=sessions()))
    item = await confirmed(kamai, contract.id, kamai.clock.at + timedelta(hours=10))
    answer = await kamai.sessions.CancelSession(cancel(item.id, work_pb2.CONTRACT_SIDE_CLIENT), **kamai.as_())
    late = answer.work_item
    assert (late.state, late.amount) == (work_pb2.WORK_STATE_CANCELLED_LATE, usd(56_25))
    assert sum(line.amount.amount_minor for line in late.price_lines) == 56_25
    assert (await kamai.invoice(late.invoice_id)).total == usd(56_25)


async def test_cancellation_in_time_or_by_the_contractor_is_free(kamai: Kamai) -> None:
    """Nothing is charged and the budget is free again."""
    contract = await kamai.active(kamai.terms(session=sessions(budget_minor=112_50)))
    cases = [(work_pb2.CONTRACT_SIDE_CLIENT, kamai.as_(), 200), (work_pb2.CONTRACT_SIDE_CONTRACTOR, kamai.contractor, 2)]
    for side, caller, hours in cases:
        item = await confirmed(kamai, contract.id, kamai.clock.at + timedelta(hours=hours))
        answer = await kamai.sessions.CancelSession(cancel(item.id, side), **caller)
        assert (answer.work_item.state, answer.work_item.amount) == (work_pb2.WORK_STATE_CANCELLED, usd(0))


async def test_a_client_that_does_not_appear_pays_as_agreed(kamai: Kamai) -> None:
    """A no-show is reported from the start on; the client accepts the charge once, the state stays NO_SHOW_CLIENT."""
    contract = await kamai.active(kamai.terms(session=sessions()))
    item = await confirmed(kamai, contract.id, kamai.clock.at + timedelta(hours=2))
    no_show = work_pb2.SESSION_OUTCOME_CLIENT_NO_SHOW
    assert (await refused(delivered(kamai, item.id, no_show))).preconditions == ["SESSION_NOT_STARTED"]
    kamai.clock.at += timedelta(hours=3)
    assert (await delivered(kamai, item.id, no_show)).state == work_pb2.WORK_STATE_NO_SHOW_CLIENT
    accepted = (await kamai.sessions.AcceptSession(accept(item.id), **kamai.as_())).work_item
    assert accepted.state == work_pb2.WORK_STATE_NO_SHOW_CLIENT
    assert (await kamai.invoice(accepted.invoice_id)).total == usd(112_50)
    again = await refused(kamai.sessions.AcceptSession(accept(item.id), **kamai.as_()))
    assert (again.reason, again.metadata["state"]) == ("ILLEGAL_STATE", "NO_SHOW_CLIENT")


async def test_a_contractor_that_does_not_appear_gets_nothing(kamai: Kamai) -> None:
    """NO_SHOW_CONTRACTOR is final and free."""
    contract = await kamai.active(kamai.terms(session=sessions()))
    item = await confirmed(kamai, contract.id, kamai.clock.at)
    missed = await delivered(kamai, item.id, work_pb2.SESSION_OUTCOME_CONTRACTOR_NO_SHOW)
    assert (missed.state, missed.amount) == (work_pb2.WORK_STATE_NO_SHOW_CONTRACTOR, usd(0))
    refusal = await refused(kamai.sessions.AcceptSession(accept(item.id), **kamai.as_()))
    assert refusal.metadata["allowed"] == ""


async def test_skill_budget_and_kind_are_checked(kamai: Kamai) -> None:
    """An unknown skill, a session beyond the budget and a timesheet on a session contract are refused."""
    contract = await kamai.active(kamai.terms(session=sessions(budget_minor=100_00)))
    far = kamai.clock.at + timedelta(days=10)
    assert (await refused(requested(kamai, contract.id, far, minutes=67))).preconditions == ["BUDGET_CAP"]
    unknown = work_pb2.QuoteSessionRequest(contract_id=contract.id, skill="juggling", start_time=at(far), minutes=5)
    assert (await refused(kamai.sessions.QuoteSession(unknown, **kamai.as_()))).fields == ["skill"]
    early = work_pb2.QuoteSessionRequest(
        contract_id=contract.id, skill=SKILL, start_time=at(datetime(2020, 1, 1, tzinfo=UTC)), minutes=5
    )
    assert (await refused(kamai.sessions.QuoteSession(early, **kamai.as_()))).fields == ["start_time"]
    sheet = work_pb2.SubmitTimesheetRequest(
        request_id=request_id(), contract_id=contract.id, week_start="2026-11-16",
        entries=[work_pb2.TimeEntry(date="2026-11-16", units_hundredths=100)],
    )  # fmt: skip
    assert (await refused(kamai.timesheets.SubmitTimesheet(sheet, **kamai.contractor))).preconditions == ["WRONG_KIND"]


async def test_ending_the_contract_is_no_way_around_the_charge(kamai: Kamai) -> None:
    """A client that ends the contract hours before a confirmed session owes the late cancellation; the rest is released."""
    contract = await kamai.active(kamai.terms(session=sessions()))
    soon = await confirmed(kamai, contract.id, kamai.clock.at + timedelta(hours=10))
    far = await confirmed(kamai, contract.id, kamai.clock.at + timedelta(hours=200))
    end = contract_pb2.EndContractRequest(request_id=request_id(), id=contract.id, reason="project over")
    await kamai.contracts.EndContract(end, **kamai.as_("buyer", contract.organisation_id))
    found = {item.id: item for item in await kamai.items(contract.id)}
    assert (found[soon.id].state, found[far.id].state) == (work_pb2.WORK_STATE_CANCELLED_LATE, work_pb2.WORK_STATE_CANCELLED)
    assert (await kamai.invoice(found[soon.id].invoice_id)).state == invoice_pb2.INVOICE_STATE_APPROVED
    order = await kamai.budget(contract.purchase_order_id)
    assert (order.committed, order.invoiced) == (usd(0), found[soon.id].amount)
