"""Planning, approving and executing runs: what is held, who may approve, and what stops a plan."""

import asyncio
from datetime import timedelta
from pathlib import Path

import grpc
from integration.payouts.stage import IDS, Stage, code_of, request_id, staged, uuid_of
from kamai.payouts.v1 import run_pb2
from support.databases import Templates
from support.tokens import TokenMaker


async def test_every_blocker_is_named(stage: Stage) -> None:
    """Lines that cannot be paid are held, each with its reasons, owner and remedy; the others are paid."""
    good = await stage.owe(await stage.payee(), 10_00)
    stranger = await stage.owe(IDS.new("contractor"), 20_00)
    cooling = await stage.owe(await stage.payee(usable_in=timedelta(hours=2)), 30_00)
    work = IDS.new("work")
    once = await stage.owe(await stage.payee(), 40_00, (work,))
    twice = await stage.owe(await stage.payee(), 40_00, (work, IDS.new("work")))
    nothing = await stage.owe(await stage.payee(), 0)
    run = await stage.plan()
    assert run.net_total.amount_minor == 50_00
    planned = (good, stranger, cooling, twice, nothing)
    codes = {invoice: [hold.code for hold in (await stage.latest(invoice)).holds] for invoice in planned}
    assert codes == {
        good: [], stranger: ["PAYEE_UNKNOWN", "PAYOUT_METHOD_MISSING"], cooling: ["PAYOUT_METHOD_COOLING_OFF"],
        twice: ["DUPLICATE_WORK"], nothing: ["AMOUNT_NOT_POSITIVE"],
    }  # fmt: skip
    why = await stage.why(cooling)
    assert why.blockers[0].due_at.seconds > 0
    assert all(each.remedy and each.who_acts for each in why.blockers)
    await stage.submit(run)
    await stage.approve(run)
    await stage.execute(run)
    await stage.answer_screening(run)
    await stage.tick("runs", "files")
    stage.bank.advance_to(run.value_date)
    await stage.tick("mailbox", "runs")
    assert [await stage.owed(each) for each in (good, once, twice, cooling)] == ["PAID", "PAID", "OPEN", "OPEN"]
    assert (await stage.run(run)).state == run_pb2.RUN_STATE_CLOSED


async def test_a_screened_hit_stops_its_line_only(stage: Stage) -> None:
    """A hit found at execution holds the line and names compliance; the other line is paid."""
    hit = await stage.payee()
    stopped, paid = await stage.owe(hit, 10_00), await stage.owe(await stage.payee(), 20_00)
    run = await stage.plan()
    await stage.submit(run)
    await stage.approve(run)
    await stage.execute(run)
    await stage.tick("runs")
    assert await stage.state(paid) == "PLANNED"
    await stage.answer_screening(run, **{hit: "IN_REVIEW"})
    await stage.tick("runs", "files")
    assert (await stage.state(stopped), await stage.state(paid)) == ("CANCELLED", "ACCEPTED")
    assert [each.code for each in (await stage.latest(stopped)).holds] == ["SCREENING_HIT"]
    assert [each.code for each in (await stage.why(stopped)).blockers] == ["SCREENING_HIT", "NOT_IN_RUN"]


async def test_a_screening_that_could_not_be_done_is_no_hit_and_no_clearance(stage: Stage) -> None:
    """ERROR at execution holds the line as SCREENING_INCOMPLETE: compliance is asked for a list, not for a decision."""
    payee = await stage.payee()
    invoice = await stage.owe(payee, 10_00)
    run = await stage.plan()
    await stage.submit(run)
    await stage.approve(run)
    await stage.execute(run)
    await stage.answer_screening(run, **{payee: "ERROR"})
    await stage.tick("runs", "files")
    assert [each.code for each in (await stage.latest(invoice)).holds] == ["SCREENING_INCOMPLETE"]
    assert [each.code for each in (await stage.why(invoice)).blockers] == ["SCREENING_INCOMPLETE", "NOT_IN_RUN"]
    assert stage.bank.payments() == []


async def test_silent_screening_holds(templates: Templates, tokens: TokenMaker, tmp_path: Path) -> None:
    """A payee whose screening has not answered in time is held, not paid."""
    async with staged(templates, tokens, tmp_path, screening_timeout_s=0.0) as stage:
        await stage.fund()
        invoice = await stage.owe(await stage.payee(), 10_00)
        run = await stage.plan()
        await stage.submit(run)
        await stage.approve(run)
        await stage.execute(run)
        await stage.tick("runs")
        assert [each.code for each in (await stage.latest(invoice)).holds] == ["SCREENING_TIMEOUT"]
        assert (await stage.run(run)).state == run_pb2.RUN_STATE_CLOSED
        assert await stage.owed(invoice) == "OPEN"


async def test_missing_money_holds_what_is_not_covered(stage: Stage) -> None:
    """Lines are reserved as far as the money goes; funding is a fact of its own."""
    invoices = [await stage.owe(await stage.payee(), 6_000_00) for _ in range(2)]
    run = await stage.plan()
    assert run.funding == run_pb2.FUNDING_STATE_PARTIAL
    await stage.submit(run)
    await stage.approve(run)
    await stage.execute(run)
    await stage.answer_screening(run)
    await stage.tick("runs", "files")
    assert sorted([await stage.state(each) for each in invoices]) == ["ACCEPTED", "CANCELLED"]
    assert (await stage.run(run)).funding == run_pb2.FUNDING_STATE_PARTIAL
    assert (await stage.check_ledger()).available.amount_minor == 4_000_00


async def test_atomic_run_takes_no_held_line(stage: Stage) -> None:
    """An ATOMIC plan with a line that cannot be paid is refused and says which; nothing of it is left."""
    await stage.owe(await stage.payee(), 10_00)
    stranger = await stage.owe(IDS.new("contractor"), 20_00)
    code, text = await code_of(stage.plan(mode=run_pb2.RUN_MODE_ATOMIC))
    assert code is grpc.StatusCode.FAILED_PRECONDITION
    assert "not known to payouts" in text
    assert await stage.owed(stranger) == "OPEN"


async def test_atomic_run_pays_all_or_nothing(stage: Stage) -> None:
    """A hit at execution holds every line of an ATOMIC run and names the line that stops it."""
    hit = await stage.payee()
    stopped, other = await stage.owe(hit, 10_00), await stage.owe(await stage.payee(), 20_00)
    run = await stage.plan(mode=run_pb2.RUN_MODE_ATOMIC)
    await stage.submit(run)
    await stage.approve(run)
    await stage.execute(run)
    await stage.answer_screening(run, **{hit: "CONFIRMED"})
    await stage.tick("runs", "files")
    culprit = await stage.latest(stopped)
    holds = (await stage.latest(other)).holds
    assert [each.code for each in holds] == ["ATOMIC_RUN"]
    assert culprit.end_to_end_id in holds[0].message
    assert stage.bank.payments() == []


async def test_maker_cannot_approve_and_nobody_twice(stage: Stage) -> None:
    """Two approvals by policy: not by the maker, not twice by one person, not of another digest."""
    organisation = uuid_of(stage.organisation)
    await stage.sql("INSERT INTO approval_policy VALUES ($1, 'EUR', 5000, 2)", organisation)
    await stage.owe(await stage.payee(), 100_00)
    run = await stage.plan()
    run = await stage.submit(run)
    assert run.approvals_required == 2
    assert (await code_of(stage.approve(run, "maker")))[0] is grpc.StatusCode.PERMISSION_DENIED
    assert (await code_of(stage.approve(run, "a", "0" * 64)))[0] is grpc.StatusCode.FAILED_PRECONDITION
    run = await stage.approve(run, "a")
    assert run.state == run_pb2.RUN_STATE_PENDING_APPROVAL
    assert (await code_of(stage.approve(run, "a")))[0] is grpc.StatusCode.PERMISSION_DENIED
    run = await stage.approve(run, "b")
    assert [each.approver for each in run.approvals] == ["a", "b"]
    assert run.state == run_pb2.RUN_STATE_APPROVED


async def test_race_of_approvals(stage: Stage) -> None:
    """Twenty equal approvals by one person at once count once."""
    await stage.sql("INSERT INTO approval_policy VALUES ($1, 'EUR', 0, 2)", uuid_of(stage.organisation))
    await stage.owe(await stage.payee(), 100_00)
    run = await stage.submit(await stage.plan())
    results = await asyncio.gather(*(stage.approve(run, "a") for _ in range(20)), return_exceptions=True)
    assert sum(not isinstance(each, BaseException) for each in results) == 1
    assert len((await stage.run(run)).approvals) == 1


async def test_race_for_one_obligation(stage: Stage) -> None:
    """Of many plans at once over the same obligation exactly one gets it."""
    invoice = await stage.owe(await stage.payee(), 100_00)
    results = await asyncio.gather(*(stage.plan() for _ in range(12)), return_exceptions=True)
    assert sum(not isinstance(each, BaseException) for each in results) == 1
    assert (await stage.latest(invoice)).number == 1


async def test_drifted_plan_is_refused(stage: Stage) -> None:
    """A payout method that changed after approval stops the execution and names the line; so does a new blocker."""
    contractor = await stage.payee()
    invoice = await stage.owe(contractor, 100_00)
    run = await stage.plan()
    await stage.submit(run)
    await stage.approve(run)
    await stage.method(contractor, "NL57MOCK0000000004", version=2)
    code, text = await code_of(stage.execute(run))
    assert code is grpc.StatusCode.FAILED_PRECONDITION
    assert (await stage.latest(invoice)).end_to_end_id in text
    assert (await stage.run(run)).state == run_pb2.RUN_STATE_APPROVED


async def test_recall_voids_approvals(stage: Stage) -> None:
    """Taken back it is a draft without approvals; it can be submitted again, or cancelled, and then its lines are free."""
    invoice = await stage.owe(await stage.payee(), 100_00)
    run = await stage.plan(external_id="payroll-7")
    await stage.submit(run)
    await stage.approve(run)
    request = run_pb2.RecallRunRequest(request_id=request_id(), id=run.id, reason="wrong month")
    assert (await code_of(stage.runs.RecallRun(request, metadata=stage.as_("other"))))[0] is grpc.StatusCode.PERMISSION_DENIED
    request.request_id = request_id()
    draft = (await stage.runs.RecallRun(request, metadata=stage.as_("maker"))).run
    assert (draft.state, list(draft.approvals)) == (run_pb2.RUN_STATE_DRAFT, [])
    await stage.submit(run)
    cancel = run_pb2.CancelRunRequest(request_id=request_id(), id=run.id, reason="not this month")
    await stage.runs.CancelRun(cancel, metadata=stage.as_("maker"))
    assert await stage.owed(invoice) == "OPEN"
    assert (await code_of(stage.plan(external_id="payroll-7")))[0] is grpc.StatusCode.ALREADY_EXISTS


async def test_approvals_expire(stage: Stage) -> None:
    """After their time approvals are worth nothing: the run can only be cancelled."""
    invoice = await stage.owe(await stage.payee(), 100_00)
    run = await stage.plan()
    await stage.submit(run)
    await stage.approve(run)
    await stage.sql("UPDATE run SET approval_expires_at = now() - interval '1 s'")
    await stage.tick("expiry")
    assert (await code_of(stage.execute(run)))[0] is grpc.StatusCode.FAILED_PRECONDITION
    assert [each.code for each in (await stage.why(invoice)).blockers] == ["APPROVAL_EXPIRED"]


async def test_watched_to_the_end(stage: Stage) -> None:
    """The stream tells every change and ends when the run is closed."""
    await stage.owe(await stage.payee(), 100_00)
    run = await stage.plan()
    states: list[int] = []

    async def watch() -> None:
        async for reply in stage.runs.WatchRun(run_pb2.WatchRunRequest(id=run.id), metadata=stage.as_("maker")):
            states.append(reply.run.state)

    watching = asyncio.create_task(watch())
    await stage.submit(run)
    await stage.approve(run)
    await stage.execute(run)
    await stage.answer_screening(run)
    await stage.tick("runs", "files")
    stage.bank.advance_to(run.value_date)
    await stage.tick("mailbox", "runs")
    await asyncio.wait_for(watching, 10)
    assert states[-1] == run_pb2.RUN_STATE_CLOSED


async def test_another_organisation_sees_nothing(stage: Stage) -> None:
    """A run of one organisation does not exist for a caller of another."""
    await stage.owe(await stage.payee(), 100_00)
    run = await stage.plan()
    stranger = stage.tokens.metadata("maker", IDS.new("org"))
    for call in (
        stage.runs.GetRun(run_pb2.GetRunRequest(id=run.id), metadata=stranger),
        stage.runs.SubmitRun(run_pb2.SubmitRunRequest(request_id=request_id(), id=run.id), metadata=stranger),
    ):
        assert (await code_of(call))[0] is grpc.StatusCode.NOT_FOUND
    assert not (await stage.runs.ListRuns(run_pb2.ListRunsRequest(), metadata=stranger)).runs


async def test_bad_details_hold_their_line_only(stage: Stage) -> None:
    """An account number that no bank file may carry holds its line when the file is written; the money is free again."""
    bad, good = await stage.owe(await stage.payee("NL00MOCK0000000000"), 10_00), await stage.owe(await stage.payee(), 20_00)
    await stage.sent()
    await stage.tick("mailbox", "runs")
    holds = (await stage.latest(bad)).holds
    assert [each.code for each in holds] == ["INSTRUCTION_INVALID"]
    assert await stage.owed(good) == "PAID"
    assert (await stage.check_ledger()).available.amount_minor == 9_980_00


async def test_large_runs_are_split_into_files(templates: Templates, tokens: TokenMaker, tmp_path: Path) -> None:
    """At most so many lines a file; every line is in exactly one."""
    async with staged(templates, tokens, tmp_path, file_max_lines=2) as stage:
        await stage.fund()
        contractor = await stage.payee()
        for _ in range(5):
            await stage.owe(contractor, 10_00)
        run = await stage.sent()
        await stage.tick("mailbox", "runs")
        files = await stage.sql("SELECT items FROM bank_message WHERE direction = 'OUT' ORDER BY id")
        assert [row["items"] for row in files] == [2, 2, 1]
        assert (await stage.run(run)).state == run_pb2.RUN_STATE_CLOSED
        assert len(stage.bank.payments()) == 5
