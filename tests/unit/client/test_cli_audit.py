"""`kamai audit`: mistakes are named by their option, data are shown as they are, keys of the stack are the default."""

from __future__ import annotations

from pathlib import Path

import pytest
from kamai.ops.v1 import audit_pb2
from unit.client.answering import Answering, Run

METHOD = "/kamai.contracts.v1.PurchaseOrderService/AmendPurchaseOrder"


def test_methods_are_shown_as_they_are(run: Run, server: Answering) -> None:
    """Hints name commands in place of methods; data do not."""
    entry = audit_pb2.AuditEntry(id=7, method=METHOD)
    server.answers["ListAuditEntries"] = lambda _r, _c: audit_pb2.ListAuditEntriesResponse(entries=[entry])
    assert METHOD in run(f"audit list -s contracts --method {METHOD}").stdout


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("--since 2026-11-02 --until 2026-11-01", "--until must be later than --since"),
        ("--since tomorrow", "--since: 'tomorrow' is not a moment"),
        ("--method /kamai.contracts.v1.PurchaseOrderService/AmendOrder", f"is it {METHOD}?"),
        ("--method zz", "--method: there is no zz"),
        ("--subject contractor_1", "--subject: 'contractor_1' is no id"),
    ],
)
def test_what_can_match_nothing(run: Run, server: Answering, asked: str, said: str) -> None:
    """It is a mistake, and not an empty list."""
    result = run(f"audit list {asked}")
    shown = " ".join(result.stderr.replace("│", " ").split())
    assert (result.exit_code, server.calls) == (2, [])
    assert said.replace(" ", "") in shown.replace(" ", "")


def test_a_service_that_is_down(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is named, in each command of the trail."""
    (tmp_path / "keys.json").write_text('{"keys": []}')
    monkeypatch.setenv("KAMAI_CONTRACTS_ADDR", "127.0.0.1:1")
    for line in ("list", "verify --keys {dir}/keys.json", "export {dir}/trail.jsonl"):
        result = run(f"audit {line} -s contracts")
        assert result.exit_code == 3
        assert "contracts does not answer at 127.0.0.1:1" in result.stderr
    assert not (tmp_path / "trail.jsonl").exists()
