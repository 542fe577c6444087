"""Accounts at a partner bank: applied for, opened, credited in full or short, returned."""

from typing import Any

import grpc
from integration.payouts.stage import IDS, PARTNER, Stage, code_of, request_id
from kamai.banking.v1 import freelancer_account_pb2 as pb2
from kamai.payouts.v1 import bank_pb2, run_pb2


async def _apply(stage: Stage, contractor: str, bank: str = "indus") -> Any:
    request = pb2.ApplyForAccountRequest(request_id=request_id(), contractor_id=contractor, bank=bank, currency="EUR")
    return (await stage.accounts.ApplyForAccount(request, metadata=stage.tokens.metadata("ops"))).account


async def _open(stage: Stage, account: pb2.FreelancerAccount) -> Any:
    decision = pb2.DecideApplicationRequest(
        request_id=request_id(), id=account.id, decision=pb2.APPLICATION_DECISION_OPEN, reason="documents in order"
    )
    return (await stage.accounts.DecideApplication(decision, metadata=stage.tokens.metadata("clerk", bank="indus"))).account


async def _credits(stage: Stage, account: pb2.FreelancerAccount) -> list[pb2.Credit]:
    request = pb2.ListCreditsRequest(account_id=account.id)
    return list((await stage.accounts.ListCredits(request, metadata=stage.tokens.metadata("ops"))).credits)


async def test_application_to_activation(stage: Stage) -> None:
    """The bank looks, opens and activates; every step is kept; a second application is refused."""
    contractor = await stage.payee(PARTNER, partner_bank="indus")
    account = await _apply(stage, contractor)
    assert account.state == pb2.FREELANCER_ACCOUNT_STATE_APPLIED
    assert account.decision_due_at.seconds > account.create_time.seconds
    assert (await code_of(_apply(stage, contractor)))[0] is grpc.StatusCode.ALREADY_EXISTS
    assert (await _open(stage, account)).state == pb2.FREELANCER_ACCOUNT_STATE_OPENED_DEBIT_BLOCKED
    request = pb2.ActivateAccountRequest(request_id=request_id(), id=account.id)
    active = (await stage.accounts.ActivateAccount(request, metadata=stage.tokens.metadata("clerk", bank="indus"))).account
    assert active.state == pb2.FREELANCER_ACCOUNT_STATE_ACTIVE
    steps = await stage.accounts.ListAccountTransitions(
        pb2.ListAccountTransitionsRequest(id=account.id), metadata=stage.tokens.metadata("ops")
    )
    assert [each.to_state for each in steps.transitions] == ["APPLIED", "UNDER_REVIEW", "OPENED_DEBIT_BLOCKED", "ACTIVE"]


async def test_application_needs_a_method_at_the_bank(stage: Stage) -> None:
    """No payout method there, or no such bank: refused, with what to do."""
    elsewhere = await stage.payee()
    assert (await code_of(_apply(stage, elsewhere)))[0] is grpc.StatusCode.FAILED_PRECONDITION
    assert (await code_of(_apply(stage, elsewhere, "nobank")))[0] is grpc.StatusCode.INVALID_ARGUMENT
    missing = stage.accounts.GetFreelancerAccount(
        pb2.GetFreelancerAccountRequest(id=IDS.new("account")), metadata=stage.tokens.metadata("ops")
    )
    assert (await code_of(missing))[0] is grpc.StatusCode.NOT_FOUND


async def test_full_credit(stage: Stage) -> None:
    """Advised when sent, processed when booked, credited when the partner bank says so."""
    contractor = await stage.payee(PARTNER, partner_bank="indus")
    account = await _open(stage, await _apply(stage, contractor))
    invoice = await stage.owe(contractor, 500_00)
    await stage.sent()
    assert [each.state for each in await _credits(stage, account)] == [pb2.CREDIT_STATE_ADVICE_RECEIVED]
    await stage.tick("mailbox")
    assert [each.state for each in await _credits(stage, account)] == [pb2.CREDIT_STATE_PROCESSING]
    stage.bank.report_credit((await stage.latest(invoice)).end_to_end_id, 500_00)
    await stage.tick("mailbox")
    credit = (await _credits(stage, account))[0]
    assert (credit.state, credit.credited.amount_minor, credit.short_credit) == (pb2.CREDIT_STATE_CREDITED, 500_00, False)
    assert await stage.owed(invoice) == "PAID"


async def test_short_credit(stage: Stage) -> None:
    """A partner bank that credits less than was sent: SHORT_PAID, with a blocker that says so; our ledger does not move."""
    contractor = await stage.payee(PARTNER, partner_bank="indus")
    account = await _open(stage, await _apply(stage, contractor))
    invoice = await stage.owe(contractor, 500_00)
    await stage.sent()
    await stage.tick("mailbox")
    stage.bank.report_credit((await stage.latest(invoice)).end_to_end_id, 485_00)
    await stage.tick("mailbox", "runs")
    assert (await stage.state(invoice), await stage.owed(invoice)) == ("CREDITED", "SHORT_PAID")
    assert (await stage.latest(invoice)).credited.amount_minor == 485_00
    credit = (await _credits(stage, account))[0]
    assert (credit.short_credit, credit.credited.amount_minor) == (True, 485_00)
    why = await stage.why(invoice)
    assert ([each.code for each in why.blockers], why.obligation.outstanding.amount_minor) == (["SHORT_CREDIT"], 15_00)
    assert (await stage.check_ledger()).available.amount_minor == 9_500_00


async def test_the_rest_of_a_short_credit_is_paid_only_by_name(stage: Stage) -> None:
    """A plan over everything leaves what was credited short alone; one that names it pays the rest, and then it is paid."""
    contractor = await stage.payee(PARTNER, partner_bank="indus")
    await _open(stage, await _apply(stage, contractor))
    invoice = await stage.owe(contractor, 500_00)
    await stage.sent()
    await stage.tick("mailbox")
    first = await stage.latest(invoice)
    stage.bank.report_credit(first.end_to_end_id, 485_00)
    await stage.tick("mailbox", "runs")
    assert (await code_of(stage.plan()))[0] is grpc.StatusCode.FAILED_PRECONDITION
    why = await stage.why(invoice)
    assert "15.00 EUR" in why.blockers[0].message
    named = {"obligation_ids": [why.obligation.id]}
    cancelled = await stage.plan(**named)
    cancel = run_pb2.CancelRunRequest(request_id=request_id(), id=cancelled.id, reason="not yet")
    await stage.runs.CancelRun(cancel, metadata=stage.as_("maker"))
    assert await stage.owed(invoice) == "SHORT_PAID"
    run = await stage.sent(**named)
    assert [each.net.amount_minor for each in await stage.attempts(run)] == [15_00]
    await stage.tick("mailbox", "runs")
    assert await stage.owed(invoice) == "PAID"
    assert (await stage.why(invoice)).obligation.credited.amount_minor == 500_00
    assert sorted(each["amount"] for each in stage.bank.payments()) == [15_00, 500_00]
    assert (await stage.check_ledger()).available.amount_minor == 9_485_00


async def test_returned_credit(stage: Stage) -> None:
    """A payment that comes back takes its credit with it."""
    contractor = await stage.payee(PARTNER, partner_bank="indus")
    account = await _open(stage, await _apply(stage, contractor))
    stage.bank.behave("ACME", "return-later", days=2, reason="AC06")
    await stage.owe(contractor, 500_00)
    await stage.sent()
    stage.bank.advance(6)
    await stage.tick("mailbox")
    assert [each.state for each in await _credits(stage, account)] == [pb2.CREDIT_STATE_RETURNED]


async def test_accounts_and_mailbox_are_the_platforms(stage: Stage) -> None:
    """A token of an organisation neither decides on an account, nor sees credits of others, nor brings in a bank's message."""
    contractor = await stage.payee(PARTNER, partner_bank="indus")
    account = await _apply(stage, contractor)
    decision = pb2.DecideApplicationRequest(
        request_id=request_id(), id=account.id, decision=pb2.APPLICATION_DECISION_OPEN, reason="documents in order"
    )
    imported = bank_pb2.ImportBankMessageRequest(request_id=request_id(), bank="counterparty", content=b"<Document/>")
    member, accounts = stage.as_("member"), stage.accounts
    for call in (
        accounts.DecideApplication(decision, metadata=member),
        accounts.ActivateAccount(pb2.ActivateAccountRequest(request_id=request_id(), id=account.id), metadata=member),
        accounts.GetFreelancerAccount(pb2.GetFreelancerAccountRequest(id=account.id), metadata=member),
        accounts.ListFreelancerAccounts(pb2.ListFreelancerAccountsRequest(), metadata=member),
        accounts.ListCredits(pb2.ListCreditsRequest(), metadata=member),
        accounts.ListAccountTransitions(pb2.ListAccountTransitionsRequest(id=account.id), metadata=member),
        stage.banks.ImportBankMessage(imported, metadata=member),
    ):
        assert (await code_of(call))[0] is grpc.StatusCode.PERMISSION_DENIED
    assert await stage.sql("SELECT FROM bank_message") == []
