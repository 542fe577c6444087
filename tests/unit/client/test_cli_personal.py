"""`kamai personal`: what is final is asked for twice, proofs are shown whole, and somebody who is not erased is told as such."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from chassis import errors
from kamai.onboarding.v1 import contractor_pb2, contractor_service_pb2
from kamai.onboarding.v1 import personal_data_service_pb2 as personal
from kamai_client.cli import personal as commands
from kamai_client.cli.app import app
from typer.testing import CliRunner
from unit.client.answering import Answering, Run

DOCS = Path(__file__).parents[3] / "docs" / "personal-data.md"


@pytest.mark.parametrize(("typed", "code"), [("contractor_1", 0), ("contractor_2", 1), ("y", 1), ("", 1)])
def test_an_erasure_is_confirmed_by_the_id(run: Run, server: Answering, typed: str, code: int) -> None:
    """It is said to be final; anything but the id stops it before a call."""
    line = ["personal", "erase", "contractor_1", "--reason", "REQ-2026-17"]
    result = CliRunner().invoke(app, line, input=f"{typed}\n")
    assert "final" in result.stderr
    assert (result.exit_code, [call.method.rpartition("/")[2] for call in server.calls]) == (code, ["EraseContractor"][code:])


def test_a_proof_is_shown_whole(run: Run, server: Answering) -> None:
    """Digests in hexadecimal; programs get the signed text, people are told where it is."""
    proof = personal.ErasureProof(contractor_id="contractor_1", digest=bytes(range(32)), jws="a.b." + 300 * "c")
    server.answers["GetErasureProof"] = lambda _r, _c: personal.GetErasureProofResponse(proof=proof)
    shown = run("personal proof contractor_1")
    assert bytes(range(32)).hex() in shown.stdout
    assert "--json" in shown.stderr
    assert json.loads(run("personal proof contractor_1 --json").stdout)["jws"] == proof.jws


@pytest.mark.parametrize("seen", [True, False])
def test_the_proof_of_somebody_who_is_there(run: Run, server: Answering, seen: bool) -> None:
    """Who may see the contractor is told that it is not erased; everybody else that nothing is found."""
    server.refuse("GetErasureProof", errors.NotFound("erasure proof", "contractor_1"))
    server.refuse("GetContractor", errors.NotFound("contractor", "contractor_1"))
    if seen:
        there = contractor_service_pb2.GetContractorResponse(contractor=contractor_pb2.Contractor(id="contractor_1"))
        server.answers["GetContractor"] = lambda _r, _c: there
    result = run("personal proof contractor_1")
    assert result.exit_code == 1
    assert ("not erased" in result.stderr) is seen


def test_every_command_is_in_the_docs() -> None:
    """With its task."""
    named = set(re.findall(r"\| `kamai personal ([a-z]+)", DOCS.read_text(encoding="utf-8")))
    assert named == {command.name for command in commands.app.registered_commands}
