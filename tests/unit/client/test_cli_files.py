"""Files that commands write and read."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from chassis import errors
from unit.client.answering import Answering, Run


@pytest.mark.parametrize(
    "line", ["banks message bankmsg_1 --out", "contracts document contract_1 --out", "personal export contractor_1"]
)
def test_files_of_people_are_their_readers_alone(run: Run, server: Answering, tmp_path: Path, line: str) -> None:
    """Mode 0600; nothing is asked for when the file could not be written or is there already, and nothing stays when the call is
    refused."""
    assert run(f"{line} {{dir}}/new").exit_code == 0
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o600
    calls = len(server.calls)
    taken, nowhere = run(f"{line} {{dir}}/new"), run(f"{line} {{dir}}/none/new")
    assert (taken.exit_code, nowhere.exit_code, len(server.calls)) == (2, 2, calls)
    assert "name another file" in taken.stderr
    assert "No such file or directory" in nowhere.stderr
    for method in ("GetBankMessage", "GetContractDocument", "ExportContractor"):
        server.refuse(method, errors.NotFound("one", "x"))
    assert run(f"{line} {{dir}}/other").exit_code == 1
    assert not (tmp_path / "other").exists()


def test_a_key_set_that_is_none(run: Run, server: Answering, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong usage, in one line."""
    monkeypatch.setenv("KAMAI_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    (tmp_path / "some.pdf").write_bytes(b"%PDF\xff")
    for name, said in (("some.pdf", "no JWK set"), ("none", "No such file")):
        result = run(f"banks events --keys {{dir}}/{name}")
        assert (result.exit_code, said in " ".join(result.stderr.split())) == (2, True), result.stderr
