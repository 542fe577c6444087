"""What must hold when many act at once, on real Postgres over real gRPC."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any

import grpc
from chassis.ids import raw
from integration.contracts.client_side import Failure, Kamai, at, failure, request_id, usd
from kamai.contracts.v1 import contract_pb2, invoice_pb2, work_pb2

WORKERS = 20


async def outcomes(*calls: Any) -> tuple[list[Any], list[Failure]]:
    """Answers and failures of calls made at once."""
    answers = await asyncio.gather(*calls, return_exceptions=True)
    failed = [answer for answer in answers if isinstance(answer, BaseException)]
    assert all(isinstance(error, grpc.aio.AioRpcError) for error in failed), failed
    return [a for a in answers if not isinstance(a, BaseException)], [failure(e) for e in failed]  # type: ignore[arg-type]


async def test_a_purchase_order_is_never_overspent(kamai: Kamai) -> None:
    """20 contracts of 30.00 race for a ceiling of 215.00: exactly 7 are signed, the others are told the budget is gone."""
    organisation_id = await kamai.organisation()
    order_id = await kamai.order(organisation_id, 215_00)
    contractor_id = await kamai.onboarded()
    terms = kamai.terms(fixed=kamai.fixed(30_00))
    proposed = [await kamai.proposed(organisation_id, order_id, contractor_id, terms) for _ in range(WORKERS)]
    signed, failed = await outcomes(*(kamai.sign(contract) for contract in proposed))
    assert len(signed) == 7
    assert all(f.preconditions == ["BUDGET_EXCEEDED"] for f in failed)
    order = await kamai.budget(order_id)
    assert (order.committed, order.available) == (usd(210_00), usd(5_00))
    held = "SELECT sum(remaining_minor)::bigint FROM commitment WHERE purchase_order_id = $1"
    committed = await kamai.pool.fetchval(held, raw(order_id))
    assert committed == 210_00


async def test_work_is_accepted_once(kamai: Kamai) -> None:
    """20 accepts with request ids of their own: one passes, there is one invoice and one payable."""
    contract = await kamai.active(kamai.terms(fixed=kamai.fixed(40_00)))
    item = await kamai.submitted_milestone(contract.id)
    payables = len(await kamai.outbox("PayableRaised"))
    accepted, failed = await outcomes(*(kamai.accept_milestone(item.id) for _ in range(WORKERS)))
    assert len(accepted) == 1
    assert all(f.reason == "ILLEGAL_STATE" for f in failed)
    lines = "SELECT count(*) FROM invoice_line WHERE work_item_id = $1"
    assert await kamai.pool.fetchval(lines, raw(item.id)) == 1
    assert len(await kamai.outbox("PayableRaised")) == payables + 1
    assert (await kamai.budget(contract.purchase_order_id)).invoiced == usd(40_00)


async def test_numbers_are_gap_free_under_concurrency_and_failure(kamai: Kamai) -> None:
    """20 acceptances for one contractor by two clients, each tried twice at once: numbers 1 to 20, although half rolled back."""
    contractor_id = await kamai.onboarded()
    items = []
    for _ in range(2):
        organisation_id = await kamai.organisation()
        order_id = await kamai.order(organisation_id, 1_000_00)
        terms = kamai.terms(fixed=kamai.fixed(*[10_00] * 10))
        contract = await kamai.sign(await kamai.proposed(organisation_id, order_id, contractor_id, terms))
        await kamai.sign(contract, by_contractor=True)
        items += [await kamai.submitted_milestone(contract.id, place) for place in range(10)]
    buyers = {organisation: kamai.as_("buyer", organisation) for organisation in {item.organisation_id for item in items}}

    async def accept(item: work_pb2.WorkItem) -> work_pb2.WorkItem:
        request = work_pb2.AcceptMilestoneRequest(request_id=request_id(), id=item.id)
        return (await kamai.milestones.AcceptMilestone(request, **buyers[item.organisation_id])).work_item

    accepted, failed = await outcomes(*(accept(item) for item in items for _ in range(2)))
    assert (len(accepted), len(failed)) == (20, 20)
    numbers = []
    for item in accepted:
        asked = invoice_pb2.GetInvoiceRequest(id=item.invoice_id)
        numbers.append((await kamai.invoices.GetInvoice(asked, **buyers[item.organisation_id])).invoice.number)
    assert sorted(numbers) == [f"2026-{n:06d}" for n in range(1, 21)]


async def test_end_and_accept_at_once_leave_the_books_right(kamai: Kamai) -> None:
    """Whichever wins, what is invoiced plus what is committed is what was delivered."""
    for _ in range(5):
        contract = await kamai.active(kamai.terms(fixed=kamai.fixed(40_00, 60_00)))
        item = await kamai.submitted_milestone(contract.id)
        answers, failed = await outcomes(kamai.accept_milestone(item.id), kamai.end(contract.id))
        assert not failed
        assert len(answers) == 2
        order = await kamai.budget(contract.purchase_order_id)
        assert (order.committed, order.invoiced) == (usd(0), usd(40_00))
        request = contract_pb2.GetContractRequest(id=contract.id)
        ended = (await kamai.contracts.GetContract(request, **kamai.as_())).contract
        assert ended.state == contract_pb2.CONTRACT_STATE_ENDED


async def test_sessions_together_stay_within_the_budget(kamai: Kamai) -> None:
    """20 requests of 90.00 at once on a budget of 500.00: five pass, the others are told the budget is used."""
    terms = contract_pb2.SessionTerms(
        rates=[contract_pb2.SkillRate(skill="interview", hourly_rate=usd(90_00))], budget=usd(500_00)
    )
    contract = await kamai.active(kamai.terms(session=terms))

    def request() -> Any:
        start = at(kamai.clock.at + timedelta(days=10))
        wanted = work_pb2.RequestSessionRequest(
            request_id=request_id(), contract_id=contract.id, skill="interview", start_time=start, minutes=60
        )
        return kamai.sessions.RequestSession(wanted, **kamai.as_())

    answers, failed = await outcomes(*(request() for _ in range(WORKERS)))
    assert len(answers) == 5
    assert all(f.preconditions == ["BUDGET_CAP"] for f in failed)


async def test_one_week_has_one_timesheet(kamai: Kamai) -> None:
    """20 submissions of the same week at once: one passes."""
    terms = contract_pb2.TimeTerms(
        unit=contract_pb2.TIME_UNIT_HOUR, rate=usd(10_00), weekly_cap_hundredths=4000, budget=usd(5_000_00)
    )
    contract = await kamai.active(kamai.terms(start=date(2026, 11, 1), time=terms))

    def submission() -> Any:
        entry = work_pb2.TimeEntry(date="2026-11-16", units_hundredths=100)
        sheet = work_pb2.SubmitTimesheetRequest(
            request_id=request_id(), contract_id=contract.id, week_start="2026-11-16", entries=[entry]
        )
        return kamai.timesheets.SubmitTimesheet(sheet, **kamai.contractor)

    answers, failed = await outcomes(*(submission() for _ in range(WORKERS)))
    assert len(answers) == 1
    assert all(f.reason == "ILLEGAL_STATE" for f in failed)
