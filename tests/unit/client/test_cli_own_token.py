"""A call that is refused because of KAMAI_TOKEN says what is wrong with it, and how to get another one."""

from __future__ import annotations

import time

import pytest
from chassis import errors
from devstack.keys import Keys
from kamai.payouts.v1 import bank_pb2, obligation_pb2, run_pb2
from kamai_client.tokens import DevTokens
from unit.client.answering import SHA, Answering, Run

ORGANISATION = f"org_0{'1' * 25}"


@pytest.fixture
def token(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> str:
    """Of a maker of an organisation; expired already."""
    made = DevTokens(keys.token_key).sign("amina", ORGANISATION, ["finance_maker"], lifetime_s=-60)
    monkeypatch.setenv("KAMAI_TOKEN", made)
    return made


def test_an_expired_token(run: Run, server: Answering, token: str) -> None:
    """With the moment, and the command that gives a new one."""
    server.refuse("GetRun", errors.Unauthenticated("the token is not accepted"))
    shown = run("runs show run_1").stderr
    assert "KAMAI_TOKEN expired at 2" in shown
    assert f'export KAMAI_TOKEN="$(kamai dev token --as amina --for {ORGANISATION})"' in shown


def test_a_broken_token(run: Run, server: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not called expired."""
    monkeypatch.setenv("KAMAI_TOKEN", "nonsense")
    server.refuse("GetRun", errors.Unauthenticated("the token is not accepted"))
    assert "KAMAI_TOKEN cannot be read" in run("runs show run_1").stderr


def test_a_missing_role(run: Run, server: Answering, token: str) -> None:
    """A token of the right organisation is told the role; a development person without one, whom to act for."""
    sent = errors.PermissionDenied("this needs runs_approve", {"permission": "runs_approve"})
    server.refuse("ApproveRun", sent)
    shown = run("runs approve run_1 {sha}").stderr
    assert f"KAMAI_TOKEN (--for {ORGANISATION}) has finance_maker; this needs finance_approver" in " ".join(shown.split())
    assert "--for org_..." in run("runs approve run_1 {sha} --as yusuf").stderr


def test_a_second_factor(run: Run, server: Answering, token: str) -> None:
    """The whole command, for the person, the organisation, the role and the digest."""
    server.refuse("ApproveRun", errors.StepUpRequired(["mfa"], 300, (action := "kamai.payouts.v1.RunService/ApproveRun"), SHA))
    shown = " ".join(run("runs approve run_1 {sha}").stderr.split())
    wanted = f"kamai dev token --as amina --for {ORGANISATION} --role finance_approver --approve {action}={SHA}"
    assert f'export KAMAI_TOKEN="$({wanted})"' in shown


def test_whom_to_act_for(run: Run, server: Answering) -> None:
    """The three forms, before any call; an id that was cut is said to be no whole one."""
    result = run("runs list --for foo")
    assert (result.exit_code, server.calls) == (2, [])
    assert "org_..., contractor_... or bank:NAME" in " ".join(result.stderr.replace("│", " ").split())
    pattern = "does not match regex pattern `^contractor_[0-7][0-9a-hjkmnp-tv-z]{25}$`"
    server.refuse("GetContractor", errors.InvalidFields([errors.Violation("id", pattern, "STRING_PATTERN")]))
    shown = run("contractors show contractor_zz").stderr
    assert "id: must be contractor_ and 26 digits and small letters" in shown


def test_what_an_approved_run_waits_for(run: Run, server: Answering) -> None:
    """Somebody who watches it is told to execute it."""
    seen = run_pb2.WatchRunResponse(run=run_pb2.Run(id="run_1", state=run_pb2.RUN_STATE_APPROVED, digest=SHA))
    server.answers["WatchRun"] = lambda _r, _c: [seen, seen]
    assert run("runs watch run_1").stderr.count(f"kamai runs execute run_1 {SHA}") == 1


@pytest.mark.parametrize("age_s", [0, 3600])
def test_a_bank_that_was_not_asked(run: Run, server: Answering, age_s: int) -> None:
    """Of a try that is settled the bank is not asked, and that is said; what it settled just now was."""
    settled = obligation_pb2.Attempt(id="attempt_1", state=obligation_pb2.ATTEMPT_STATE_REJECTED)
    settled.update_time.FromSeconds(int(time.time()) - age_s)
    server.answers["InquireAttempt"] = lambda _r, _c: bank_pb2.InquireAttemptResponse(attempt=settled)
    assert ("nothing was asked" in run("banks inquire attempt_1").stderr) is bool(age_s)
