"""Lists are readable at any width: no id is cut, no column vanishes."""

from __future__ import annotations

from io import StringIO

import pytest
from kamai.contracts.v1 import contract_pb2
from kamai_client.cli import render
from kamai_client.demo import report
from kamai_client.demo.bank_control import BankRecord
from kamai_client.demo.comparing import Compared
from kamai_client.demo.inputs.rows import Problem
from rich.console import Console

COLUMNS = "id state terms.title total contractor_id organisation_id"
IDS = [f"{kind}_01j{'a' * 23}" for kind in ("contract", "contractor", "org")]


def contract() -> contract_pb2.Contract:
    found = contract_pb2.Contract(id=IDS[0], contractor_id=IDS[1], organisation_id=IDS[2])
    found.state = contract_pb2.CONTRACT_STATE_ACTIVE
    found.terms.title = "Site for the spring fair, with [all] translations"
    found.total.amount_minor, found.total.currency = 125050, "USD"
    return found


def printed(width: int, columns: str, terminal: bool = True) -> str:
    console = Console(file=StringIO(), width=width, force_terminal=terminal, color_system=None)
    render.print_table(console, [contract(), contract()], columns, "all of them")
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [40, 80, 160, 240])
def test_nothing_is_cut_at_any_width(width: int) -> None:
    """Ids are whole, and every word of every other column is there."""
    shown = printed(width, COLUMNS)
    for word in (*IDS, "ACTIVE", "translations", "[all]", "1,250.50", "title", "total"):
        assert shown.count(word) >= 2 or word in ("title", "total")
        assert word in shown


def test_a_block_for_each_where_a_table_has_no_room() -> None:
    """Six columns with three ids do not fit 80 columns: a line for each value then."""
    shown = printed(80, COLUMNS)
    assert f"id: {IDS[0]}\nstate: ACTIVE\n" in shown
    assert "\n\nid: " in shown
    assert "┃" not in shown


def test_a_table_gives_way_in_its_texts() -> None:
    """What fits when texts are broken between words is a table, within the width."""
    shown = printed(80, "id state terms.title")
    assert "┃" in shown
    assert max(len(line) for line in shown.splitlines()) <= 80
    assert IDS[0] in shown


def test_tabs_in_a_pipe() -> None:
    """Programs that cut by tabs get a line a thing, without frames."""
    lines = printed(200, COLUMNS, terminal=False).splitlines()
    assert lines[1].split("\t")[:2] == ["id", "state"]
    assert lines[2].split("\t")[0] == IDS[0]
    assert len(lines) == 4


def test_payments_of_a_demo_fit_80_columns() -> None:
    """Countries give way; amounts and states are whole."""
    record = BankRecord("booked", 2_500_000_00, "USD", "2026-11-20", "", 2_499_985_00)
    paid = Compared(
        "c1", "Muhammad Abdurrahman Siddiqui", "PK", "invoice", 2_500_000_00, "USD", "SHORT_PAID", "", "", 0, "", record,
        "", "", "",
    )  # fmt: skip
    console = Console(file=StringIO(), width=80, force_terminal=True, color_system=None)
    console.print(report._payments([paid], False, False))
    assert isinstance(console.file, StringIO)
    shown = console.file.getvalue()
    for word in ("Abdurrahman", "2,500,000.00 USD", "SHORT_PAID", "booked", "2,499,985.00", "2026-11-20", "yes"):
        assert word in shown
    assert max(len(line) for line in shown.splitlines()) <= 80


def test_a_check_does_not_speak_of_what_went_on() -> None:
    """One problem is one problem, and nothing is said of a rest that was not touched."""
    console = Console(file=StringIO(), width=80, color_system=None)
    report.print_problems(console, [Problem("bank.json", 3, "funding", "must be a list")])
    assert isinstance(console.file, StringIO)
    shown = console.file.getvalue()
    assert shown.startswith("1 problem\n")
    assert "went on" not in shown
    assert report.count_of([]) == "0 problems"
