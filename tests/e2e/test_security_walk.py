"""Every method of the running services, called by everybody who must be refused, and with hostile text by callers who may call: a
stack with the data of the demo."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import grpc
import pytest
from kamai_client.client import SERVICES
from kamai_client.errors import KamaiClientError
from rich.console import Console
from support.security import hostile_walk, report
from support.security.calling import Answer
from support.security.cases import FOREIGN, NO_TOKEN, OWNER, STEP_UP, WRONG_ROLE
from support.security.hostile import KINDS, Attempt
from support.security.hostile_walk import READ, Hostile, log_faults
from support.security.logs import ServiceLog
from support.security.methods import OPEN
from support.security.stack import started, with_demo
from support.security.text_fields import fields
from support.security.walk import Findings, Place, walk

pytestmark = pytest.mark.timeout(240)
PROTOS = Path(__file__).parents[2] / "protos" / "kamai"


@pytest.fixture(scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    """One stack for both walks."""
    async with started(tmp_path_factory.mktemp("security")) as stack:
        yield await with_demo(stack, Console(quiet=True))


@pytest.fixture(scope="module")
async def findings(place: Place) -> Findings:
    return await walk(place)


@pytest.fixture(scope="module")
async def hostile(place: Place) -> Hostile:
    return await hostile_walk.walk(place)


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


def test_hostile_text_is_refused_or_kept(hostile: Hostile) -> None:
    """Every answer is OK or a caller's mistake that names the field and does not repeat the text; what was taken reads as it was
    sent; every line of every log is ours and has nothing of it; no table and no row of another tenant is touched."""
    assert not hostile.wrong, "\n".join(hostile.wrong[:40])


def test_no_text_is_left_out(hostile: Hostile) -> None:
    """Every text at any depth of every request gets hostile ones; where any text may stand, those of every class."""
    tried: dict[tuple[str, str, str], set[str]] = {}
    for each in hostile.tried:
        key = (each.target.method.title, each.target.where.path, each.target.where.in_map)
        tried.setdefault(key, set()).add(each.target.kind)
    there = {(method.title, where.path, where.in_map): where
             for method in hostile.methods for where in fields(method.descriptor.input_type)}  # fmt: skip
    assert tried.keys() == there.keys()
    assert len(there) > 350
    open_ones = [key for key, where in there.items() if not where.is_shaped and where.field.name != "page_token"]
    assert len(open_ones) > 70
    assert all(tried[key] == set(KINDS) for key in open_ones)
    of_a_form = tried.keys() - set(open_ones)
    assert set().union(*(tried[key] for key in of_a_form)) == set(KINDS)


def test_every_text_has_an_end(hostile: Hostile) -> None:
    """A greatest length or a form, in the protos; names of fields are held against the fields there are."""
    every = [where for method in hostile.methods for where in fields(method.descriptor.input_type)]
    endless = {where.field.full_name for where in every if not where.is_shaped and not where.rules.max_len}
    assert endless == {"google.protobuf.FieldMask.paths"}


def test_hostile_text_is_stored(hostile: Hostile) -> None:
    """Each method whose texts can be read again took some: the walk is not one of refusals only."""
    read = Counter(each.target.method.name for each in hostile.tried if each.read)
    assert read.keys() == READ.keys()
    assert read.total() > 300


def test_hostile_text_in_a_log_is_told(tmp_path: Path) -> None:
    """A piece of it in an entry, a line that is no entry, and an entry with a field that is not ours."""
    file = tmp_path / "service.log"
    file.touch()
    log = ServiceLog("service", file)
    file.write_text('{"event":"call","method":"bcdfghjkmn"}\nTraceback\n{"event":"call","legal_name":"x"}\n{"event":"call"}\n')
    assert [fault.partition(": ")[2][:12] for fault in log_faults(log, {"bcdfghjkmnpq"})] == [
        "hostile text", "a line that ", "a line that ",
    ]  # fmt: skip


def test_a_wrong_answer_is_told(hostile: Hostile) -> None:
    """A fault of ours, and text that was taken although it may stand nowhere."""
    refused = next(each for each in hostile.tried if each.target.must_be_told == "CHARACTER_NOT_ALLOWED")
    fault = KamaiClientError(grpc.StatusCode.INTERNAL, "INTERNAL", "internal error")
    assert Attempt(refused.target, "bcdfghjkmnpq", "", None, "").wrong(Answer(fault)) == "is no answer to a caller's mistake"
    assert (
        Attempt(refused.target, "bcdfghjkmnpq", "", None, "").wrong(Answer(None)) == "must be refused with CHARACTER_NOT_ALLOWED"
    )
