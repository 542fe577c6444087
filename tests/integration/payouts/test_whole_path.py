"""From an invoice to money on an account, against a real counterparty bank over HTTP."""

from collections import Counter

from integration.payouts.stage import CLOSED, Stage, request_id
from kamai.payouts.v1 import bank_pb2, obligation_pb2


async def test_paid_in_full(stage: Stage) -> None:
    """A line that the bank books is CREDITED, its obligation PAID, its run CLOSED, and nothing is left in transit."""
    invoice = await stage.owe(await stage.payee(), 1_250_00)
    assert (await stage.why(invoice)).blockers[0].code == "NOT_IN_RUN"
    run = await stage.sent()
    assert await stage.state(invoice) == "ACCEPTED"
    await stage.tick("mailbox", "runs")
    assert (await stage.state(invoice), await stage.owed(invoice)) == ("CREDITED", "PAID")
    assert (await stage.why(invoice)).paid
    assert (await stage.run(run)).state == 6
    account = await stage.check_ledger()
    assert account.available.amount_minor == 10_000_00 - 1_250_00
    assert (account.reserved.amount_minor, account.in_transit.amount_minor) == (0, 0)
    held = stage.bank.payments()
    assert [(each["end_to_end_id"], each["amount"]) for each in held] == [((await stage.latest(invoice)).end_to_end_id, 1_250_00)]


async def test_rejected_account(stage: Stage) -> None:
    """AC04 for one payment rejects that one: its money is free again, its obligation open, and the contractor has to act."""
    good, bad = await stage.owe(await stage.payee(), 100_00), await stage.owe(await stage.payee(CLOSED), 200_00)
    await stage.sent()
    await stage.tick("mailbox", "runs")
    assert (await stage.state(good), await stage.state(bad)) == ("CREDITED", "REJECTED")
    why = await stage.why(bad)
    assert [each.code for each in why.blockers] == ["ACCOUNT_CLOSED", "NOT_IN_RUN"]
    assert (await stage.check_ledger()).available.amount_minor == 9_900_00


async def test_returned_days_later_and_paid_again(stage: Stage) -> None:
    """A return is one compensating transaction, however often it is reported; the obligation is owed again and paid once more
    under a new end-to-end id, after the contractor has given another account."""
    contractor = await stage.payee()
    invoice = await stage.owe(contractor, 300_00)
    stage.bank.behave("ACME", "return-later", days=3, reason="AC04")
    await stage.sent()
    await stage.tick("mailbox", "runs")
    assert await stage.owed(invoice) == "PAID"
    first = await stage.latest(invoice)
    stage.bank.advance(7)
    await stage.tick("mailbox")
    assert (await stage.state(invoice), await stage.owed(invoice)) == ("RETURNED", "OPEN")
    why = await stage.why(invoice)
    assert (why.obligation.outstanding.amount_minor, why.blockers[0].code) == (300_00, "ACCOUNT_CLOSED")
    assert (await stage.check_ledger()).available.amount_minor == 10_000_00
    linked = await stage.sql(
        "SELECT t.kind, b.kind AS of FROM ledger_transaction t JOIN ledger_transaction b ON b.id = t.linked_to"
    )
    assert [(row["kind"], row["of"]) for row in linked] == [("PAYOUT_RETURNED", "PAYOUT_BOOKED")]
    assert await stage.exceptions() == []

    stage.bank.behave("ACME", "accept")
    await stage.method(contractor, "NL57MOCK0000000004", version=2)
    assert [each.code for each in (await stage.why(invoice)).blockers] == ["NOT_IN_RUN"]
    stage.bank.behave("EURODIS", "accept")
    await stage.sent()
    stage.bank.advance(5)
    await stage.tick("mailbox", "runs")
    second = await stage.latest(invoice)
    assert (second.number, await stage.owed(invoice)) == (2, "PAID")
    assert second.end_to_end_id != first.end_to_end_id
    assert (await stage.check_ledger()).available.amount_minor == 9_700_00


async def test_explained(stage: Stage) -> None:
    """The story of a payout names approver, bank messages and ledger entries that sum to zero per transaction."""
    invoice = await stage.owe(await stage.payee(), 40_00)
    other = await stage.owe(await stage.payee(), 60_00)
    await stage.sent()
    await stage.tick("mailbox", "runs")
    request = obligation_pb2.ExplainPayoutRequest(invoice_id=invoice)
    story = await stage.payouts.ExplainPayout(request, metadata=stage.as_("maker"))
    told = " / ".join(step.message for step in story.steps)
    for part in ("approved by checker", "bank file pain.001.001.09 written", "camt.054", "attempt CREDITED", "run EXECUTING"):
        assert part in told
    sums: Counter[str] = Counter()
    for posting in story.postings:
        sums[posting.transaction_id] += posting.amount.amount_minor
        assert abs(posting.amount.amount_minor) == 40_00
    assert len(sums) == 2
    assert set(sums.values()) == {0}
    steps = await stage.payouts.ListAttemptTransitions(
        obligation_pb2.ListAttemptTransitionsRequest(id=story.attempts[0].id), metadata=stage.as_("maker")
    )
    assert [step.to_state for step in steps.transitions] == [
        "PLANNED", "READY", "RESERVED", "SUBMITTING", "ACCEPTED", "CREDITED",
    ]  # fmt: skip
    assert await stage.owed(other) == "PAID"


async def test_statement_confirms_what_a_notification_told(stage: Stage) -> None:
    """The camt.053 of the day matches the entry of the camt.054: once, without an exception."""
    await stage.owe(await stage.payee(), 40_00)
    await stage.sent()
    await stage.tick("mailbox")
    stage.bank.advance(2)
    await stage.tick("mailbox")
    entries = await stage.sql("SELECT outcome, confirmed_by IS NOT NULL AS confirmed FROM bank_entry")
    assert [(row["outcome"], row["confirmed"]) for row in entries] == [("MATCHED", True)]


async def test_every_message_has_its_effect_once(stage: Stage) -> None:
    """A message that is handed over again, by the mailbox or by hand, changes nothing."""
    invoice = await stage.owe(await stage.payee(), 40_00)
    await stage.sent()
    for message in stage.bank.call("GET", "/_mock/mailbox?leave"):
        for _ in range(2):
            request = bank_pb2.ImportBankMessageRequest(
                request_id=request_id(), bank="counterparty", content=message["body"].encode()
            )
            reply = await stage.banks.ImportBankMessage(request, metadata=stage.tokens.metadata("ops"))
            assert reply.bank_message.state == bank_pb2.BANK_MESSAGE_STATE_PROCESSED
    await stage.tick("mailbox", "runs")
    assert await stage.state(invoice) == "CREDITED"
    assert await stage.exceptions() == []
    booked = await stage.sql("SELECT count(*) FROM ledger_transaction WHERE kind = 'PAYOUT_BOOKED'")
    assert booked[0]["count"] == 1


async def test_unreadable_message_is_kept(stage: Stage) -> None:
    """What cannot be read is stored for a person and has no effect."""
    request = bank_pb2.ImportBankMessageRequest(request_id=request_id(), bank="counterparty", content=b"<no>bank file</no>")
    reply = await stage.banks.ImportBankMessage(request, metadata=stage.tokens.metadata("ops"))
    assert reply.bank_message.state == bank_pb2.BANK_MESSAGE_STATE_UNREADABLE
    got = await stage.banks.GetBankMessage(
        bank_pb2.GetBankMessageRequest(id=reply.bank_message.id), metadata=stage.tokens.metadata("ops")
    )
    assert got.content == b"<no>bank file</no>"
    assert await stage.exceptions() == ["UNREADABLE_MESSAGE"]


async def test_refused_file(stage: Stage) -> None:
    """A bank that refuses the whole file rejects its payments with the file's code and frees the money."""
    invoice = await stage.owe(await stage.payee(), 40_00)
    stage.bank.behave("ACME", "reject-file")
    await stage.sent()
    await stage.tick("mailbox", "runs")
    attempt = await stage.latest(invoice)
    assert (attempt.failure.bank_code, await stage.owed(invoice)) == ("FF01", "OPEN")
    assert (await stage.check_ledger()).available.amount_minor == 10_000_00
