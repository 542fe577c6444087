"""Every code that a refusal, a hold or a blocker carries is in the table of its kind, and so in docs/errors.md."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Set
from pathlib import Path

import pytest
from contracts.domain import codes as contracts
from onboarding.domain import codes as onboarding
from onboarding.domain.screening_faults import FAULTS
from payouts.domain.obligations.blockers import BLOCKERS
from payouts.domain.preconditions import PRECONDITIONS
from payouts.domain.rails.exceptions import EXCEPTIONS

ROOT = Path(__file__).resolve().parents[2]
CODE = re.compile(r"[A-Z]+(_[A-Z]+)+|BALANCE")
REFUSALS = {
    "onboarding": onboarding.PRECONDITIONS,
    "contracts": contracts.PRECONDITIONS,
    "payouts": PRECONDITIONS,
}


def trees(service: str) -> Iterator[ast.AST]:
    for file in (ROOT / "services" / service / "src").rglob("*.py"):
        yield ast.parse(file.read_text())


def given_to(service: str, *functions: str, place: int = 0) -> set[str]:
    """Codes written into argument number `place` of calls of these functions."""
    found = set()
    for tree in trees(service):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in functions and len(node.args) > place:
                texts = (each.value for each in ast.walk(node.args[place]) if isinstance(each, ast.Constant))
                found |= {text for text in texts if isinstance(text, str) and CODE.fullmatch(text)}
    return found


def mentioned(service: str, codes: Set[str]) -> set[str]:
    """Which of the codes stand anywhere in the service's code or SQL outside of tables (as a key)."""
    source = ROOT / "services" / service / "src"
    text = "\n".join(file.read_text() for suffix in ("*.py", "*.sql") for file in source.rglob(suffix))
    return {code for code in codes if re.search(rf"""["']{code}["'](?!\s*:)""", text)}


@pytest.mark.parametrize("service", REFUSALS)
def test_refusals_are_listed(service: str) -> None:
    """Each type of a PreconditionFailure is explained, and none is explained that does not exist."""
    raised = given_to(service, "Precondition", "PreconditionFailed.one")
    listed = set(REFUSALS[service])
    assert raised <= listed
    assert {code for code in listed - raised if not code.startswith("LINE_")} == set()


def test_holds_of_invoices_are_listed() -> None:
    """Each code a hold is made with has its row."""
    assert given_to("contracts", "Hold") == set(contracts.HOLDS)


@pytest.mark.parametrize(
    ("service", "table"),
    [
        ("payouts", BLOCKERS),
        ("payouts", EXCEPTIONS),
        ("contracts", contracts.BLOCKERS),
        ("onboarding", onboarding.CAPABILITY_REASONS),
    ],
)
def test_tables_have_no_row_too_many(service: str, table: Mapping[str, object]) -> None:
    """Every code of a table is used."""
    assert mentioned(service, set(table)) == set(table)


def test_exceptions_are_listed() -> None:
    """Each code of a reconciliation exception has its row."""
    assert given_to("payouts", "Problem") | given_to("payouts", "_problem", place=2) <= set(EXCEPTIONS)


def test_blockers_of_the_database_are_listed() -> None:
    """Codes that SQL gives to blockers have their text."""
    text = (ROOT / "services/payouts/src/payouts/migrations/0003_runs.sql").read_text()
    body = text[text.index("FUNCTION payout_blockers") :]
    codes = set(re.findall(r"(?:SELECT \w+(?:\.\w+)?, |THEN |ELSE )'([A-Z_]{6,})'", body))
    assert len(codes) > 8
    assert codes <= set(BLOCKERS)


def test_the_page_has_every_code() -> None:
    """docs/errors.md names them all."""
    page = (ROOT / "docs/errors.md").read_text()
    tables = (*REFUSALS.values(), contracts.HOLDS, contracts.BLOCKERS, BLOCKERS, EXCEPTIONS, onboarding.CAPABILITY_REASONS)
    codes = {code for table in tables for code in table} | {code.value for code in FAULTS}
    assert {code for code in codes if f"| `{code}` |" not in page} == set()
