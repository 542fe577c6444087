"""Callers see what is theirs: a contractor its own with every client, a bank the accounts it keeps, a client its own alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import grpc
import pytest
from chassis.ids import raw
from integration.payouts.stage import ELSEWHERE, IDS, PARTNER, Stage, code_of, request_id
from integration.payouts.test_freelancer_accounts import _apply, _open
from integration.payouts.test_unknown import AHEAD
from kamai.banking.v1 import freelancer_account_pb2 as accounts_pb2
from kamai.payouts.v1 import bank_pb2, funding_pb2, obligation_pb2, run_pb2

NOT_FOUND, DENIED = grpc.StatusCode.NOT_FOUND, grpc.StatusCode.PERMISSION_DENIED


def contractor_of(stage: Stage, contractor: str) -> Any:
    return stage.tokens.metadata("person", contractor_id=contractor)


async def _paid_by_two(stage: Stage) -> tuple[str, str, list[str], list[Any]]:
    """Two contractors; the first is paid by two clients, in runs that have a line for the second as well. Invoices of both, and
    the runs; the first client's is with the bank, the second's is planned."""
    first, second = await stage.payee(), await stage.payee()
    invoices = [await stage.owe(first, 40_00), await stage.owe(second, 50_00)]
    runs = [await stage.sent(value_date=AHEAD)]
    stage.organisation = IDS.new("org")
    await stage.fund(account=ELSEWHERE)
    invoices += [await stage.owe(first, 60_00), await stage.owe(second, 70_00)]
    runs.append(await stage.plan())
    return first, second, invoices, runs


async def test_a_contractor_and_two_clients(stage: Stage) -> None:
    """Its obligations and attempts with both, why they are not paid, how they came about; of others, and of runs, nothing."""
    first, _second, invoices, runs = await _paid_by_two(stage)
    own = contractor_of(stage, first)
    owed = (await stage.payouts.ListObligations(obligation_pb2.ListObligationsRequest(), metadata=own)).obligations
    assert {each.invoice_id for each in owed} == {invoices[0], invoices[2]}
    tried = (await stage.payouts.ListAttempts(obligation_pb2.ListAttemptsRequest(), metadata=own)).attempts
    assert {each.contractor_id for each in tried} == {first}
    assert {each.run_id for each in tried} == {run.id for run in runs}
    codes = []
    for invoice in (invoices[0], invoices[2]):
        why = await stage.payouts.WhyNotPaid(obligation_pb2.WhyNotPaidRequest(invoice_id=invoice), metadata=own)
        codes.append([each.code for each in why.blockers])
        story = await stage.payouts.ExplainPayout(obligation_pb2.ExplainPayoutRequest(invoice_id=invoice), metadata=own)
        assert not story.postings
        assert len(story.attempts) == 1
        assert not [step.message for step in story.steps if step.message.startswith(("run ", "approved by"))]
        steps = obligation_pb2.ListAttemptTransitionsRequest(id=story.attempts[0].id)
        assert (await stage.payouts.ListAttemptTransitions(steps, metadata=own)).transitions
    assert codes == [[], ["RUN_NOT_SUBMITTED"]]
    first_story = obligation_pb2.ExplainPayoutRequest(invoice_id=invoices[0])
    story = await stage.payouts.ExplainPayout(first_story, metadata=own)
    assert any("bank file" in step.message for step in story.steps)


async def test_a_contractor_and_what_is_others(stage: Stage) -> None:
    """Another's obligation is not found by any way to it; runs, accounts and the ledger are the client's."""
    first, second, invoices, runs = await _paid_by_two(stage)
    own, payouts = contractor_of(stage, first), stage.payouts
    theirs = (await stage.attempts(runs[1]))[0]
    if theirs.contractor_id == first:
        theirs = (await stage.attempts(runs[1]))[1]
    assert theirs.contractor_id == second
    for call in (
        payouts.GetObligation(obligation_pb2.GetObligationRequest(invoice_id=invoices[1]), metadata=own),
        payouts.GetObligation(obligation_pb2.GetObligationRequest(id=theirs.obligation_id), metadata=own),
        payouts.WhyNotPaid(obligation_pb2.WhyNotPaidRequest(invoice_id=invoices[3]), metadata=own),
        payouts.ExplainPayout(obligation_pb2.ExplainPayoutRequest(invoice_id=invoices[3]), metadata=own),
        payouts.ListAttemptTransitions(obligation_pb2.ListAttemptTransitionsRequest(id=theirs.id), metadata=own),
    ):
        assert (await code_of(call))[0] is NOT_FOUND
    lines = await payouts.ListAttempts(obligation_pb2.ListAttemptsRequest(run_id=runs[1].id), metadata=own)
    assert [each.contractor_id for each in lines.attempts] == [first]
    asked = obligation_pb2.ListObligationsRequest(contractor_id=second)
    assert not (await payouts.ListObligations(asked, metadata=own)).obligations
    ledger, account = stage.ledger, f"client:{stage.organisation}:settlement:{stage.funding.rpartition('_')[2]}:EUR"
    for call in (
        stage.runs.GetRun(run_pb2.GetRunRequest(id=runs[0].id), metadata=own),
        stage.money.ListFundingAccounts(funding_pb2.ListFundingAccountsRequest(organisation_id=stage.organisation), metadata=own),
        ledger.ListLedgerAccounts(bank_pb2.ListLedgerAccountsRequest(), metadata=own),
        ledger.ListPostings(bank_pb2.ListPostingsRequest(account=account), metadata=own),
    ):
        assert (await code_of(call))[0] is DENIED


async def test_a_contractor_applies_for_itself_only(stage: Stage) -> None:
    """Another contractor does not exist for it, whether or not there is one."""
    first, second = await stage.payee(PARTNER, partner_bank="indus"), await stage.payee(PARTNER, partner_bank="indus")

    def request(contractor: str) -> accounts_pb2.ApplyForAccountRequest:
        return accounts_pb2.ApplyForAccountRequest(
            request_id=request_id(), contractor_id=contractor, bank="indus", currency="EUR"
        )

    own = contractor_of(stage, first)
    for other in (second, IDS.new("contractor")):
        assert (await code_of(stage.accounts.ApplyForAccount(request(other), metadata=own)))[0] is NOT_FOUND
    assert (await stage.accounts.ApplyForAccount(request(first), metadata=own)).account.contractor_id == first
    await _apply(stage, second)
    listed = await stage.accounts.ListFreelancerAccounts(accounts_pb2.ListFreelancerAccountsRequest(), metadata=own)
    assert [each.contractor_id for each in listed.accounts] == [first]


async def test_a_bank_and_the_accounts_it_keeps(stage: Stage) -> None:
    """It sees and decides its own; another bank's account is not found."""
    account = await _apply(stage, await stage.payee(PARTNER, partner_bank="indus"))
    clerk, stranger = stage.tokens.metadata("clerk", bank="indus"), stage.tokens.metadata("clerk", bank="other")
    get = accounts_pb2.GetFreelancerAccountRequest(id=account.id)
    steps = accounts_pb2.ListAccountTransitionsRequest(id=account.id)
    every = accounts_pb2.ListFreelancerAccountsRequest()
    decide = accounts_pb2.DecideApplicationRequest(
        request_id=request_id(), id=account.id, decision=accounts_pb2.APPLICATION_DECISION_OPEN, reason="documents in order"
    )
    activate = accounts_pb2.ActivateAccountRequest(request_id=request_id(), id=account.id)
    for call in (
        stage.accounts.GetFreelancerAccount(get, metadata=stranger),
        stage.accounts.ListAccountTransitions(steps, metadata=stranger),
        stage.accounts.DecideApplication(decide, metadata=stranger),
        stage.accounts.ActivateAccount(activate, metadata=stranger),
    ):
        assert (await code_of(call))[0] is NOT_FOUND
    assert not (await stage.accounts.ListFreelancerAccounts(every, metadata=stranger)).accounts
    of_account = accounts_pb2.ListCreditsRequest(account_id=account.id)
    assert not (await stage.accounts.ListCredits(of_account, metadata=stranger)).credits
    assert (await stage.accounts.GetFreelancerAccount(get, metadata=clerk)).account.id == account.id
    assert [each.id for each in (await stage.accounts.ListFreelancerAccounts(every, metadata=clerk)).accounts] == [account.id]
    opened = (await stage.accounts.DecideApplication(decide, metadata=clerk)).account
    assert opened.state == accounts_pb2.FREELANCER_ACCOUNT_STATE_OPENED_DEBIT_BLOCKED
    assert len((await stage.accounts.ListAccountTransitions(steps, metadata=clerk)).transitions) == 3


Ask = Callable[[Stage, str], Any]
RUN_CALLS: dict[str, Ask] = {
    "GetRun": lambda stage, run: run_pb2.GetRunRequest(id=run),
    "SubmitRun": lambda stage, run: run_pb2.SubmitRunRequest(request_id=request_id(), id=run),
    "ApproveRun": lambda stage, run: run_pb2.ApproveRunRequest(request_id=request_id(), id=run, digest="0" * 64),
    "RejectRun": lambda stage, run: run_pb2.RejectRunRequest(request_id=request_id(), id=run, reason="not mine"),
    "RecallRun": lambda stage, run: run_pb2.RecallRunRequest(request_id=request_id(), id=run, reason="not mine"),
    "CancelRun": lambda stage, run: run_pb2.CancelRunRequest(request_id=request_id(), id=run, reason="not mine"),
    "ExecuteRun": lambda stage, run: run_pb2.ExecuteRunRequest(request_id=request_id(), id=run, digest="0" * 64),
    "ListRunTransitions": lambda stage, run: run_pb2.ListRunTransitionsRequest(id=run),
}


async def test_another_clients_run(stage: Stage) -> None:
    """Not found, whatever is asked of it; nor its lines, its payments, its account."""
    invoice = await stage.owe(await stage.payee(), 40_00)
    run = await stage.plan()
    [attempt] = await stage.attempts(run)
    stranger = stage.tokens.metadata("spy", IDS.new("org"), approves=["0" * 64])
    for name, ask in RUN_CALLS.items():
        assert (await code_of(getattr(stage.runs, name)(ask(stage, run.id), metadata=stranger)))[0] is NOT_FOUND, name
    with pytest.raises(grpc.aio.AioRpcError) as watched:
        await stage.runs.WatchRun(run_pb2.WatchRunRequest(id=run.id), metadata=stranger).read()
    assert watched.value.code() is NOT_FOUND
    lines = obligation_pb2.ListAttemptsRequest(run_id=run.id)
    assert not (await stage.payouts.ListAttempts(lines, metadata=stranger)).attempts
    plan = run_pb2.PlanRunRequest(request_id=request_id(), organisation_id=stage.organisation, funding_account_id=stage.funding)
    inquire = bank_pb2.InquireAttemptRequest(request_id=request_id(), id=attempt.id)
    for call in (
        stage.runs.PlanRun(plan, metadata=stranger),
        stage.banks.InquireAttempt(inquire, metadata=stranger),
        stage.payouts.WhyNotPaid(obligation_pb2.WhyNotPaidRequest(invoice_id=invoice), metadata=stranger),
        stage.payouts.ListAttemptTransitions(obligation_pb2.ListAttemptTransitionsRequest(id=attempt.id), metadata=stranger),
    ):
        assert (await code_of(call))[0] is NOT_FOUND
    own = IDS.new("org")
    with_theirs = run_pb2.PlanRunRequest(request_id=request_id(), organisation_id=own, funding_account_id=stage.funding)
    assert (await code_of(stage.runs.PlanRun(with_theirs, metadata=stage.tokens.metadata("spy", own))))[0] is NOT_FOUND
    assert (await stage.run(run)).state == run_pb2.RUN_STATE_CALCULATED


async def test_a_clients_inquiry_moves_the_credit(stage: Stage) -> None:
    """A payment that a client's own inquiry settles moves the credit on the payee's account at a partner bank as well."""
    contractor = await stage.payee(PARTNER, partner_bank="indus")
    account = await _open(stage, await _apply(stage, contractor))
    invoice = await stage.owe(contractor, 500_00)
    await stage.sent()
    attempt = await stage.latest(invoice)
    await stage.sql("UPDATE attempt SET state = 'UNKNOWN'")
    stage.bank.advance(14)
    request = bank_pb2.InquireAttemptRequest(request_id=request_id(), id=attempt.id)
    settled = (await stage.banks.InquireAttempt(request, metadata=stage.as_("maker"))).attempt
    assert settled.state == obligation_pb2.ATTEMPT_STATE_CREDITED
    [credit] = await stage.sql("SELECT state FROM credit WHERE account_id = $1", raw(account.id))
    assert credit["state"] == "PROCESSING"


async def test_a_clients_cancellation_frees_every_line(stage: Stage) -> None:
    """Lines held and planned, of payees of every kind: all are cancelled by the client's own act, and owed again."""
    suspended = await stage.payee()
    invoices = [
        await stage.owe(each, 10_00) for each in (await stage.payee(), suspended, await stage.payee(partner_bank="indus"))
    ]
    await stage.sql("UPDATE payee SET receive_payout = 'SUSPENDED' WHERE contractor_id = $1", raw(suspended))
    run = await stage.plan()
    request = run_pb2.CancelRunRequest(request_id=request_id(), id=run.id, reason="not yet")
    await stage.runs.CancelRun(request, metadata=stage.as_("maker"))
    assert {each.state for each in await stage.attempts(run)} == {obligation_pb2.ATTEMPT_STATE_CANCELLED}
    assert {await stage.owed(invoice) for invoice in invoices} == {"OPEN"}


async def test_work_that_another_client_pays_too_is_held(stage: Stage) -> None:
    """The other client's invoice is none of this one's business: its plan does not name it; no file is written of the line."""
    contractor, work = await stage.payee(), (IDS.new("work"),)
    other, stage.organisation = stage.organisation, IDS.new("org")
    await stage.owe(contractor, 40_00, work)
    stage.organisation = other
    again = await stage.owe(contractor, 40_00, work)
    await stage.executed()
    await stage.tick("runs", "files")
    assert await stage.state(again) in ("HELD", "CANCELLED")
    assert stage.bank.payments() == []
