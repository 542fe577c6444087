"""A server to call, and keys to sign tokens with."""

from __future__ import annotations

import hashlib
import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from devstack.keys import Keys
from kamai.onboarding.v1 import personal_data_service_pb2
from kamai_client.cli.app import app
from typer.testing import CliRunner, Result
from unit.client.answering import SHA, Answering, Run, answering


@pytest.fixture
def server() -> Iterator[Answering]:
    with answering() as found:
        found.answers["ExportContractor"] = _archive
        yield found


def _archive(request: Any, _context: Any) -> list[personal_data_service_pb2.ExportContractorResponse]:
    """Whole, as the client wants to see it."""
    data = b"PK of nothing"
    header = personal_data_service_pb2.ExportHeader(
        contractor_id=request.id, size=len(data), sha256=hashlib.sha256(data).digest()
    )
    reply = personal_data_service_pb2.ExportContractorResponse
    return [reply(header=header), reply(data=data[:5]), reply(data=data[5:])]


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """Keys as the development stack makes them."""
    made = Keys(tmp_path_factory.mktemp("keys"))
    made.make_missing()
    return made


@pytest.fixture
def run(server: Answering, keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command line against the server; nothing of a stack that may be up is used."""
    for name in [name for name in os.environ if name.startswith("KAMAI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("KAMAI_LOCAL", str(tmp_path / "nothing"))
    monkeypatch.setenv("KAMAI_DEV_TOKEN_KEY", str(keys.token_key))
    for service in ("ONBOARDING", "CONTRACTS", "PAYOUTS"):
        monkeypatch.setenv(f"KAMAI_{service}_ADDR", server.address)
    (tmp_path / "profile.json").write_text('{"email": "new@example.com"}')
    (tmp_path / "sdn.csv").write_text('1,"X"\n')
    runner = CliRunner()

    def go(line: str) -> Result:
        return runner.invoke(app, shlex.split(line.format(dir=tmp_path, sha=SHA, org=f"org_0{'1' * 25}")))

    return go
