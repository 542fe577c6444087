"""Every method of the running services, called by everybody who must be refused: a stack with the data of the demo."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from kamai_client.client import SERVICES
from rich.console import Console
from support.security import report
from support.security.cases import FOREIGN, NO_TOKEN, OWNER, STEP_UP, WRONG_ROLE
from support.security.methods import OPEN
from support.security.stack import started, with_demo
from support.security.walk import Findings, walk

pytestmark = pytest.mark.timeout(240)
PROTOS = Path(__file__).parents[2] / "protos" / "kamai"


@pytest.fixture(scope="module")
async def findings(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Findings]:
    """One walk for all tests of this file."""
    async with started(tmp_path_factory.mktemp("security")) as stack:
        yield await walk(await with_demo(stack, Console(quiet=True)))


def test_everybody_is_refused_who_must_be(findings: Findings) -> None:
    """No answer but the one that must come; rightful callers are served; nothing is changed; each call is one line in a log."""
    assert not findings.wrong, "\n".join(findings.wrong[:40])


def test_no_method_is_left_out(findings: Findings) -> None:
    """Every method in the protos was asked for without a token and with wrong roles; only probes and tools are open."""
    written = sum(file.read_text().count("\n  rpc ") for file in PROTOS.rglob("*.proto"))
    of_every_service = sum(
        (PROTOS / "ops/v1" / name).read_text().count("\n  rpc ") for name in ("audit.proto", "event_admin.proto")
    )
    assert len(findings.methods) == written + of_every_service * (len(SERVICES) - 1)
    assert sorted(findings.opened) == sorted(f"{service} {name}" for service in SERVICES for name in OPEN)
    for column in (NO_TOKEN, WRONG_ROLE):
        asked = {each.case.method.title for each in findings.calls if each.case.column == column}
        assert asked == {each.title for each in findings.methods}


def test_every_method_is_tried_as_it_can_be(findings: Findings) -> None:
    """Methods that tenants call are tried by foreign ones, those that need a second factor without, reading ones by owners."""
    tried = {column: {each.case.method.title for each in findings.calls if each.case.column == column}
             for column in (FOREIGN, STEP_UP, OWNER)}  # fmt: skip
    assert tried[FOREIGN] == {title for title, kind in findings.foreign_kinds.items() if not kind}
    assert tried[STEP_UP] == {each.title for each in findings.methods if each.step_up}
    lists = {each.title for each in findings.methods if each.name.startswith(("Get", "List"))}
    assert {title.rpartition(".")[2] for title in lists - tried[OWNER]} == {"ListReconciliationExceptions"}
    kinds = Counter(findings.foreign_kinds.values())
    assert kinds[""] > kinds["platform"] > kinds["no tenant"] > 0


def test_the_report_says_what_was_found(findings: Findings, tmp_path: Path) -> None:
    """report.json has a row for each method and open service, and counts that add up."""
    report.write(findings, tmp_path / "report.json")
    content = json.loads((tmp_path / "report.json").read_text())
    assert content["as_it_must_be"] == (not findings.wrong)
    assert [set(row) for row in content["methods"]] == [set(report.KEYS)] * (len(findings.methods) + len(findings.opened))
    number = content["counts"]
    assert number["calls"] == sum(number[name] for name in ("no_token", "wrong_role", "foreign_tenant", "step_up", "owner"))
    with (tmp_path / "table.txt").open("w") as file:
        report.show(findings, Console(file=file, width=190))
    table = (tmp_path / "table.txt").read_text()
    assert f"{number['calls']} calls of {number['methods']} methods" in table


def test_a_fault_is_told(findings: Findings, tmp_path: Path) -> None:
    """One answer that must not be makes its cell a fault, and the whole walk one that failed."""
    first, *others = findings.calls
    spoilt = replace(findings, calls=[replace(first, wrong="must be NOT_FOUND"), *others], faults=["a refused call changed x"])
    report.write(spoilt, tmp_path / "report.json")
    content = json.loads((tmp_path / "report.json").read_text())
    assert not content["as_it_must_be"]
    assert content["counts"]["faults"] == len(findings.wrong) + 2
    assert first.case.method.title in content["faults"][0]
