"""What people read when a call is refused or does not get through: what is wrong, and what to do about it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import grpc
import pytest
from chassis import errors
from kamai.onboarding.v1 import contractor_pb2, contractor_service_pb2, review_pb2, screening_pb2
from unit.client.answering import Answering, Run


def test_a_refusal(run: Run, server: Answering) -> None:
    """Exit code 1 and every field that is wrong; as JSON for programs."""
    sent = errors.InvalidFields([errors.Violation("country", "is no country", "X"), errors.Violation("email", "is odd", "Y")])
    server.refuse("RegisterContractor", sent)
    result = run("contractors register --name B")
    assert result.exit_code == 1
    assert "country: is no country" in result.stderr
    assert "email: is odd" in result.stderr
    told = json.loads(run("contractors register --name B --json").stdout)["error"]
    assert [each["field"] for each in told["violations"]] == ["country", "email"]


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", "id: must be an id of the form org_...; this is invoice_..."),
        ("^(\\d{4}-\\d{2}-\\d{2})?$", "id: write it as YYYY-MM-DD, for example 1990-05-17"),
    ],
)
def test_a_pattern_is_told_in_words(run: Run, server: Answering, pattern: str, said: str) -> None:
    """No regular expression, and nothing twice."""
    sent = errors.InvalidFields([errors.Violation("id", f"does not match regex pattern `{pattern}`", "STRING_PATTERN")])
    server.refuse("GetOrganisation", sent)
    shown = run("orgs show invoice_1").stderr
    assert shown.count(said) == 1
    assert "regex" not in shown


def test_four_eyes_says_who_has_to_act(run: Run, server: Answering) -> None:
    """An error says what to do."""
    server.refuse("ApproveRun", errors.FourEyes("the maker cannot approve"))
    result = run("runs approve run_1 {sha}")
    assert result.exit_code == 1
    assert "--as" in result.stderr


def test_a_mistyped_digest(run: Run, server: Answering) -> None:
    """Nothing has to be planned anew when only the digest was mistyped."""
    sent = errors.PlanDrifted([errors.Precondition("DIGEST_DIFFERS", "d1", "the digest is not that of the plan")])
    server.refuse("ApproveRun", sent)
    shown = run("runs approve run_1 {sha}").stderr
    assert "`kamai runs show RUN_ID` prints the digest" in shown
    assert "anew" not in shown


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("DOCUMENT_CHANGED", "`kamai contracts document CONTRACT_ID --out FILE` prints"),
        ("CAPABILITY_MISSING", "`kamai contractors show CONTRACTOR_ID`"),
    ],
)
def test_what_a_missing_condition_asks_for(run: Run, server: Answering, condition: str, said: str) -> None:
    """A condition that a command shows or changes is told with that command."""
    sent = errors.PreconditionFailed.one(condition, "contract_1", "it is another one")
    server.refuse("SignContract", sent)
    assert said in run("contracts sign contract_1 client --name N --sha256 {sha}").stderr.replace("\n", " ")


def test_a_failed_event_that_is_not_there(run: Run, server: Answering) -> None:
    """It belongs to no organisation: the list shows what there is."""
    server.refuse("GetFailedEvent", errors.NotFound("failed event", "7"))
    shown = run("events dead show 7 --service payouts").stderr
    assert "`kamai events dead list`" in shown
    assert "--org" not in shown


@pytest.mark.parametrize("line", ["screenings show contractor_1", "contractors show contractor_1", "reviews show review_1"])
@pytest.mark.parametrize("lists", [[], ["ofac-sdn@1"]])
def test_nobody_can_be_screened_without_a_list(run: Run, server: Answering, line: str, lists: list[str]) -> None:
    """A screening that ended in ERROR for lack of a list says which command brings one; other errors do not."""
    screening = screening_pb2.Screening(result=screening_pb2.SCREENING_RESULT_ERROR, list_versions=lists)
    waiting = contractor_pb2.Contractor(id="contractor_1", state=contractor_pb2.CASE_STATE_IN_REVIEW)
    server.answers["GetScreening"] = lambda _r, _c: screening_pb2.GetScreeningResponse(screening=screening)
    server.answers["GetContractor"] = lambda _r, _c: contractor_service_pb2.GetContractorResponse(contractor=waiting)
    server.answers["GetReview"] = lambda _r, _c: review_pb2.GetReviewResponse(review=review_pb2.Review(screening=screening))
    assert ("`kamai watchlists import LIST FILES`" in run(line).stderr) is (not lists)


def test_out_of_reach(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 3 and where to look, in a line or two."""
    monkeypatch.setenv("KAMAI_CONTRACTS_ADDR", "127.0.0.1:1")
    result = run("orgs list")
    assert result.exit_code == 3
    assert "make status" in result.stderr
    assert "contracts does not answer at 127.0.0.1:1" in result.stderr
    assert "Traceback" not in result.output


def test_no_stack_and_no_address(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Says how to get one."""
    monkeypatch.delenv("KAMAI_CONTRACTS_ADDR")
    result = run("orgs list")
    assert result.exit_code == 3
    assert "KAMAI_CONTRACTS_ADDR" in result.stderr
    monkeypatch.delenv("KAMAI_DEV_TOKEN_KEY")
    assert "KAMAI_TOKEN" in run("runs list").stderr
    for service in ("ONBOARDING", "PAYOUTS"):
        monkeypatch.delenv(f"KAMAI_{service}_ADDR")
    shown = run("runs list").stderr
    assert "no stack is up here: `make up`" in shown.splitlines()[0]


@pytest.mark.parametrize(("line", "unknown"), [("runs show run_1", False), ("runs submit run_1", True)])
def test_a_service_that_hangs(run: Run, server: Answering, line: str, unknown: bool) -> None:
    """It is named; only what changes something has an outcome that may be unknown."""

    def answer(_request: Any, context: Any) -> Any:
        context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, "Deadline Exceeded")

    server.answers["GetRun"] = server.answers["SubmitRun"] = answer
    result = run(line)
    assert result.exit_code == 3
    assert f"payouts does not answer at {server.address}" in result.stderr
    assert ("outcome" in result.stderr) is unknown


def test_addresses_of_a_stack_that_is_gone(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What the shell has from an earlier stack is named as the cause; an address of the running stack is not."""
    monkeypatch.setenv("KAMAI_CONTRACTS_ADDR", "127.0.0.1:1")
    assert 'eval "$(.venv/bin/kamai-stack env)" again' in run("orgs list").stderr
    (tmp_path / "nothing").mkdir()
    record = {"phase": "up", "env": {"KAMAI_CONTRACTS_ADDR": "127.0.0.1:1"}}
    (tmp_path / "nothing" / "stack.json").write_text(json.dumps(record))
    assert "eval" not in run("orgs list").stderr
