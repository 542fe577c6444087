"""What the audit trail of this service tells of a call."""

from __future__ import annotations

from typing import Any

from chassis.ids import encode, raw
from integration.payouts.stage import PARTNER, Stage, code_of, request_id
from integration.payouts.test_freelancer_accounts import _apply
from kamai.banking.v1 import freelancer_account_pb2
from kamai.payouts.v1 import bank_pb2, funding_pb2, run_pb2
from kamai.type.v1.money_pb2 import Money


async def _entries(stage: Stage, request: Any) -> list[Any]:
    return await stage.sql("SELECT * FROM audit_entry WHERE request_id = $1", request.request_id)


async def test_changes_have_both_digests(stage: Stage) -> None:
    """A run, a deposit, an account, a payment two people settle: before and after differ, and a repeat adds nothing."""
    contractor = await stage.payee(PARTNER, partner_bank="indus")
    account = await _apply(stage, contractor)
    await stage.owe(contractor, 40_00)
    run = await stage.plan()
    deposit = funding_pb2.RecordDepositRequest(
        request_id=request_id(), funding_account_id=stage.funding, amount=Money(amount_minor=1_00, currency="EUR"),
        bank_reference="D-2",
    )  # fmt: skip
    decision = freelancer_account_pb2.DecideApplicationRequest(
        request_id=request_id(), id=account.id, decision=freelancer_account_pb2.APPLICATION_DECISION_OPEN, reason="complete"
    )
    submit = run_pb2.SubmitRunRequest(request_id=request_id(), id=run.id)
    clerk = stage.tokens.metadata("clerk", bank="indus")
    changes = [
        (stage.runs.SubmitRun, submit, stage.as_("maker"), run.id),
        (stage.money.RecordDeposit, deposit, stage.staff(), stage.funding),
        (stage.accounts.DecideApplication, decision, clerk, account.id),
    ]
    for method, request, caller, subject in changes:
        for _ in range(2):
            await method(request, metadata=caller)
        [entry] = await _entries(stage, request)
        assert entry["kind"] == "CHANGE"
        assert None not in (entry["before_digest"], entry["after_digest"])
        assert entry["before_digest"] != entry["after_digest"]
        assert subject in entry["subjects"]
    [entry] = await _entries(stage, submit)
    assert entry["organisation_id"] == raw(stage.organisation)


async def test_settling_one_payment(stage: Stage) -> None:
    """The second person's word moves the attempt: its digests differ."""
    await stage.owe(await stage.payee(), 40_00)
    run = await stage.sent()
    await stage.sql("UPDATE attempt SET state = 'UNKNOWN'")
    [attempt] = await stage.attempts(run)
    for who in ("first", "second"):
        request = bank_pb2.ResolveUnknownAttemptRequest(
            request_id=request_id(),
            id=attempt.id,
            resolution=bank_pb2.UNKNOWN_RESOLUTION_NOT_EXECUTED,
            evidence="a letter of the bank",
        )
        await stage.banks.ResolveUnknownAttempt(request, metadata=stage.staff(who, attempt.id))
    [entry] = await _entries(stage, request)
    assert attempt.id in entry["subjects"]
    assert entry["before_digest"] != entry["after_digest"]


async def test_a_failed_call_leaves_nothing(stage: Stage) -> None:
    """Refused after the run was locked: no entry."""
    await stage.owe(await stage.payee(), 40_00)
    run = await stage.plan()
    approve = run_pb2.ApproveRunRequest(request_id=request_id(), id=run.id, digest=run.digest)
    await code_of(stage.runs.ApproveRun(approve, metadata=stage.as_("maker", run.digest)))
    assert await _entries(stage, approve) == []


async def test_reading_a_bank_file_is_an_entry(stage: Stage) -> None:
    """One entry of kind READ with the message it is of; a list is none."""
    await stage.owe(await stage.payee(), 40_00)
    await stage.sent()
    [file] = await stage.sql("SELECT id FROM bank_message WHERE direction = 'OUT'")
    name = encode("bankmsg", file["id"])
    [last] = await stage.sql("SELECT max(id) AS id FROM audit_entry")
    await stage.banks.ListBankMessages(bank_pb2.ListBankMessagesRequest(), metadata=stage.staff())
    await stage.banks.GetBankMessage(bank_pb2.GetBankMessageRequest(id=name), metadata=stage.staff())
    [entry] = await stage.sql("SELECT * FROM audit_entry WHERE id > $1", last["id"])
    assert (entry["kind"], entry["subjects"]) == ("READ", [name])


async def test_what_workers_do_is_in_the_trail(stage: Stage) -> None:
    """From the planned run to the money that was booked: each step by the clock is an entry of the organisation that names the
    run or the attempt."""
    invoice = await stage.owe(await stage.payee(), 40_00)
    run = await stage.sent()
    await stage.tick("mailbox")
    attempt = await stage.latest(invoice)
    found = await stage.sql(
        "SELECT actor, subjects, organisation_id FROM audit_entry "
        "WHERE actor LIKE 'system:payouts.%' AND actor <> 'system:payouts.payees'"
    )
    assert {each["organisation_id"] for each in found} == {raw(stage.organisation)}
    actors = {each["actor"] for each in found if {run.id, attempt.id} & set(each["subjects"])}
    assert {"system:payouts.runs", "system:payouts.files", "system:payouts.mailbox"} <= actors
