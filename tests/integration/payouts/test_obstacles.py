"""What comes in the way late: after the approval, after the screening, after a failure. Nothing of it may cost money twice."""

import base64

import grpc
import pytest
from chassis.vault import private_files
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from integration.payouts.stage import IDS, Stage, code_of
from integration.payouts.test_unknown import AHEAD
from kamai.onboarding.v1 import contractor_pb2, events_pb2, screening_pb2
from kamai.payouts.v1 import obligation_pb2, run_pb2
from payouts.app.runs import plan_run

BAD_IBAN = "NL00MOCK0000000000"


def screened(contractor: str, result: str, run_id: str = "") -> events_pb2.ContractorScreened:
    value = screening_pb2.ScreeningResult.Value(f"SCREENING_RESULT_{result}")
    message = events_pb2.ContractorScreened(contractor_id=contractor, result=value, requested_by=run_id)
    message.screened_at.GetCurrentTime()
    return message


async def started(stage: Stage, **more: object) -> run_pb2.Run:
    """A run that is executing; its payees are not screened yet."""
    run: run_pb2.Run = await stage.plan(**more)
    await stage.submit(run)
    await stage.approve(run)
    await stage.execute(run)
    return run


async def test_what_happens_after_the_screening_still_stops_the_line(stage: Stage) -> None:
    """A hit, a suspension, a disabled and a changed method between the screening and the file each hold their line."""
    payees = [await stage.payee() for _ in range(6)]
    hit, suspended, disabled, changed, _, slow = payees
    invoices = [await stage.owe(payee, 10_00) for payee in payees]
    run = await started(stage)
    for payee in payees[:-1]:
        await stage.handle(screened(payee, "NO_HIT", run.id))
    await stage.tick("runs")
    assert [await stage.state(each) for each in invoices] == ["READY"] * 5 + ["PLANNED"]
    await stage.handle(screened(hit, "CONFIRMED"))
    state = contractor_pb2.CASE_STATE_SUSPENDED
    await stage.handle(events_pb2.ContractorStateChanged(contractor_id=suspended, to_state=state))
    method = (await stage.latest(invoices[2])).payout_method_id
    await stage.handle(events_pb2.PayoutMethodDisabled(contractor_id=disabled, payout_method_id=method))
    await stage.method(changed, "NL57MOCK0000000004", version=2)
    await stage.handle(screened(slow, "NO_HIT", run.id))
    await stage.tick("runs", "files")
    assert len(stage.bank.payments()) == 2
    holds = [[hold.code for hold in (await stage.latest(each)).holds] for each in invoices]
    assert holds == [
        ["SCREENING_HIT"], ["CONTRACTOR_STATE"], ["PAYOUT_METHOD_MISSING"], ["PAYOUT_METHOD_CHANGED"], [], [],
    ]  # fmt: skip
    assert (await stage.check_ledger()).available.amount_minor == 9_980_00


@pytest.mark.parametrize("lines_per_file", [1, 100])
async def test_atomic_run_with_bad_details_sends_nothing(stage: Stage, lines_per_file: int) -> None:
    """Details of one line that no bank file may carry hold every line of an ATOMIC run, in whichever file it would go."""
    tools = next(s for s in stage.parts.schedules if s.name == "runs").run.__self__._tools  # type: ignore[attr-defined]
    object.__setattr__(tools, "max_lines", lines_per_file)
    good = [await stage.owe(await stage.payee(), 20_00) for _ in range(2)]
    bad = await stage.owe(await stage.payee(BAD_IBAN), 10_00)
    await stage.executed(mode=run_pb2.RUN_MODE_ATOMIC)
    await stage.tick("runs", "files")
    assert stage.bank.payments() == []
    assert [hold.code for hold in (await stage.latest(bad)).holds] == ["INSTRUCTION_INVALID"]
    for each in good:
        assert [hold.code for hold in (await stage.latest(each)).holds] == ["ATOMIC_RUN"]
        assert await stage.owed(each) == "OPEN"
    assert (await stage.check_ledger()).available.amount_minor == 10_000_00


async def test_details_that_do_not_open(stage: Stage) -> None:
    """With a key they were not sealed for nothing is sent, and the answer to why names the key for as long as the details are the
    same; with the right one in the file again, and nothing started anew, the next run pays."""
    tools = next(s for s in stage.parts.schedules if s.name == "runs").run.__self__._tools  # type: ignore[attr-defined]
    right = stage.keys.instruction.read_text()
    wrong = base64.b64encode(X25519PrivateKey.generate().private_bytes_raw()).decode()

    def give(*keys: str) -> None:
        private_files.write(stage.keys.instruction, "\n".join(keys))
        tools.opener._opener._keys.refreshed()

    try:
        give(wrong)
        invoice = await stage.owe(await stage.payee(), 20_00)
        await stage.executed()
        await stage.tick("runs", "files", "runs")
        assert stage.bank.payments() == []
        why = await stage.payouts.WhyNotPaid(obligation_pb2.WhyNotPaidRequest(invoice_id=invoice), metadata=stage.as_("ada"))
        assert [each.code for each in why.blockers] == ["INSTRUCTION_SEALED", "NOT_IN_RUN"]
    finally:
        give(wrong, right)
    await stage.sent()
    assert len(stage.bank.payments()) == 1


async def test_atomic_refusal_names_lines_of_any_batch(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many lines come before it, the line that an ATOMIC plan is refused for is named."""
    monkeypatch.setattr(plan_run, "BATCH", 1)
    await stage.owe(await stage.payee(), 10_00)
    await stage.owe(IDS.new("contractor"), 20_00)
    code, text = await code_of(stage.plan(mode=run_pb2.RUN_MODE_ATOMIC))
    assert code is grpc.StatusCode.FAILED_PRECONDITION
    assert "not known to payouts" in text


async def test_expired_approvals_execute_nothing(stage: Stage) -> None:
    """Approvals count until their time, whether housekeeping has come by since or not."""
    await stage.owe(await stage.payee(), 100_00)
    run = await stage.plan()
    await stage.submit(run)
    await stage.approve(run)
    await stage.sql("UPDATE run SET approval_expires_at = now() - interval '1 s'")
    code, text = await code_of(stage.execute(run))
    assert code is grpc.StatusCode.FAILED_PRECONDITION
    assert "ran out of time" in text
    assert (await stage.run(run)).state == run_pb2.RUN_STATE_APPROVED


async def test_held_lines_do_not_wait_for_the_bank(stage: Stage) -> None:
    """Once nothing of a run is left to send, what its held lines owe can be planned again; the run stays open for the others."""
    stage.bank.behave("ACME", "silent")
    held = await stage.owe(IDS.new("contractor"), 10_00)
    sent = await stage.owe(await stage.payee(), 75_00)
    run = await stage.executed(value_date=AHEAD)
    await stage.tick("runs", "files")
    assert (await stage.state(sent), await stage.state(held), await stage.owed(held)) == ("ACCEPTED", "CANCELLED", "OPEN")
    assert (await stage.run(run)).state == run_pb2.RUN_STATE_EXECUTING
    assert [each.obligation_id for each in await stage.attempts(await stage.plan())] == [(await stage.why(held)).obligation.id]


async def test_debit_after_a_rejection_blocks_the_next_try(stage: Stage) -> None:
    """A bank that debits a payment it has rejected has paid it: no other try until the money is back."""
    invoice = await stage.owe(await stage.payee(), 40_00)
    await stage.executed(value_date=AHEAD)
    await stage.tick("runs", "files")
    attempt = await stage.latest(invoice)
    await stage.sql(
        """INSERT INTO bank_entry (bank, entry_key, bank_message_id, account, kind, amount_minor, currency, end_to_end_id,
                                   is_return, attempt_id, outcome, created_at)
           SELECT m.bank, 'E1', m.id, f.account, 'DEBIT', a.net_minor, a.currency, a.end_to_end_id, false, a.id,
                  'UNEXPECTED_DEBIT', now()
           FROM attempt a JOIN bank_message m ON m.id = a.bank_message_id JOIN funding_account f ON f.id = a.funding_account_id"""
    )
    await stage.sql("UPDATE attempt SET state = 'REJECTED', failure_code = 'CREDITOR_ACCOUNT_CLOSED'")
    await stage.sql("UPDATE obligation SET state = 'OPEN'")
    (again,) = await stage.attempts(await stage.plan())
    assert [(hold.code, hold.subject) for hold in again.holds] == [("DEBITED_BY_BANK", attempt.id)]
    assert attempt.end_to_end_id in (await stage.why(invoice)).blockers[0].message
    await stage.sql(
        """INSERT INTO bank_entry SELECT bank, 'E2', bank_message_id, account, 'CREDIT', amount_minor, currency, end_to_end_id,
                  true, booked_on, attempt_id, 'RETURN_BEFORE_SETTLEMENT', NULL, now() FROM bank_entry"""
    )
    assert await stage.sql("SELECT * FROM payout_blockers(ARRAY(SELECT id FROM obligation), now())") == []
