"""What the command line says beside an answer: the next step, the day something is expected, the command for an RPC."""

from __future__ import annotations

import pytest
from kamai.contracts.v1 import contract_pb2
from kamai.payouts.v1 import bank_pb2, obligation_pb2, run_pb2
from kamai.type.v1 import history_pb2
from unit.client.answering import Answering, Run


def test_a_remedy_names_the_command(run: Run, server: Answering) -> None:
    """The services speak of RPCs; who reads the command line types commands. Programs get the service's own text."""
    remedy = "raise the order's ceiling (AmendPurchaseOrder)"
    blocked = contract_pb2.Contract(blockers=[history_pb2.Blocker(code="BUDGET_EXCEEDED", remedy=remedy)])
    server.answers["GetContract"] = lambda _r, _c: contract_pb2.GetContractResponse(contract=blocked)
    assert "`kamai orders amend`" in run("contracts show contract_1").stdout
    assert "AmendPurchaseOrder" in run("contracts show contract_1 --json").stdout


@pytest.mark.parametrize("blocked", [False, True])
def test_a_contract_that_may_go_on(run: Run, server: Answering, blocked: bool) -> None:
    """One that waited for room, and has it now, says what comes next."""
    found = contract_pb2.Contract(state=contract_pb2.CONTRACT_STATE_PENDING_APPROVAL)
    if blocked:
        found.blockers.add(code="BUDGET_EXCEEDED")
    server.answers["GetContract"] = lambda _r, _c: contract_pb2.GetContractResponse(contract=found)
    assert ("kamai contracts sign" in run("contracts show contract_1").stderr) is not blocked


def test_an_unreadable_file_of_a_bank(run: Run, server: Answering) -> None:
    """It was kept, and had no effect: exit code 1."""
    found = bank_pb2.BankMessage(id="bankmsg_1", state=bank_pb2.BANK_MESSAGE_STATE_UNREADABLE, error="no XML")
    server.answers["ImportBankMessage"] = lambda _r, _c: bank_pb2.ImportBankMessageResponse(bank_message=found)
    result = run("banks import {dir}/sdn.csv")
    assert result.exit_code == 1
    assert "no XML" in result.stdout


def test_a_token_that_is_not_used(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """--as wins over KAMAI_TOKEN, and says so."""
    monkeypatch.setenv("KAMAI_TOKEN", "t")
    assert "KAMAI_TOKEN is not used" in run("orgs list --as amina").stderr
    assert "KAMAI_TOKEN" not in run("orgs list").stderr


def test_nothing_is_said_of_what_an_answer_lacks(run: Run, server: Answering) -> None:
    """What is expected has no blockers: that is no list in which nothing was found. A refusal of the bank has its code."""
    expected = obligation_pb2.WhyNotPaidResponse(expected_on="2026-11-24")
    server.answers["WhyNotPaid"] = lambda _r, _c: expected
    result = run("payouts why-not invoice_1")
    assert "expected on 2026-11-24" in result.stdout
    failed = obligation_pb2.Attempt(id="attempt_1", state=obligation_pb2.ATTEMPT_STATE_REJECTED)
    failed.failure.code = obligation_pb2.FAILURE_CODE_ACCOUNT_CLOSED
    server.answers["ExplainPayout"] = lambda _r, _c: obligation_pb2.ExplainPayoutResponse(attempts=[failed])
    explained = run("payouts explain invoice_1")
    assert "ACCOUNT_CLOSED" in explained.stdout
    assert "nothing found" not in result.stderr + explained.stderr


def test_when_a_run_is_expected(run: Run, server: Answering) -> None:
    """Lines at the bank wait for its day, which is said once."""
    accepted = obligation_pb2.ATTEMPT_STATE_ACCEPTED
    seen = run_pb2.WatchRunResponse(run=run_pb2.Run(settlement=[run_pb2.LineSummary(state=accepted, lines=1)]))
    line = obligation_pb2.Attempt(id="attempt_1", obligation_id="obligation_1", state=accepted)
    server.answers["WatchRun"] = lambda _r, _c: [seen, seen]
    server.answers["ListAttempts"] = lambda _r, _c: obligation_pb2.ListAttemptsResponse(attempts=[line])
    server.answers["WhyNotPaid"] = lambda _r, _c: obligation_pb2.WhyNotPaidResponse(expected_on="2026-11-24")
    assert run("runs watch run_1").stdout.count("expected on 2026-11-24") == 1
