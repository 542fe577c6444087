"""The walk for people and for programs: a table with a row for each method, and report.json."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from support.security.cases import FOREIGN, NO_TOKEN, OWNER, STEP_UP, WRONG_ROLE
from support.security.methods import Method, role_bindings
from support.security.walk import Called, Findings

KEYS = ("method", "permission", "roles", NO_TOKEN, WRONG_ROLE, FOREIGN, STEP_UP)
COLUMNS = (NO_TOKEN, WRONG_ROLE, FOREIGN, STEP_UP, OWNER)
NOTHING = "-"
OPEN_TO_ALL = "open"
_FAULT = "FAULT"
_SHOWN = 60


def rows(findings: Findings) -> list[dict[str, str]]:
    """One for each method, by KEYS; services open to everybody come last."""
    by_method: dict[str, list[Called]] = {each.title: [] for each in findings.methods}
    for call in findings.calls:
        by_method[call.case.method.title].append(call)
    found = [_row(method, by_method[method.title], findings.foreign_kinds.get(method.title, "")) for method in findings.methods]
    return found + [dict.fromkeys(KEYS, NOTHING) | {"method": each, "permission": OPEN_TO_ALL} for each in findings.opened]


def _row(method: Method, calls: Sequence[Called], foreign_kind: str) -> dict[str, str]:
    return {
        "method": method.title, "permission": method.permission or _FAULT, "roles": _roles(method),
        NO_TOKEN: _cell(calls, NO_TOKEN), WRONG_ROLE: _cell(calls, WRONG_ROLE),
        FOREIGN: foreign_kind or _cell(calls, FOREIGN), STEP_UP: _cell(calls, STEP_UP),
    }  # fmt: skip


def _roles(method: Method) -> str:
    if set(method.roles) == role_bindings().keys():
        return "all"
    return ", ".join(method.roles)


def _cell(calls: Sequence[Called], column: str) -> str:
    """What was answered, how often: "UNAUTHENTICATED 4"."""
    here = [each for each in calls if each.case.column == column]
    answered = Counter(_said(each) for each in here)
    return ", ".join(f"{said} {count}" for said, count in sorted(answered.items())) or NOTHING


def _said(call: Called) -> str:
    said = call.answer.reason or ("no rows" if not call.answer.rows else "own rows" if not call.wrong else "ROWS")
    return f"{_FAULT} {said}" if call.wrong else said


def counts(findings: Findings) -> dict[str, int]:
    """Methods and calls by column."""
    by_column = Counter(each.case.column for each in findings.calls)
    return {
        "methods": len(findings.methods), "open_services": len(findings.opened), "calls": len(findings.calls),
        **{column.replace(" ", "_").replace("-", "_"): by_column[column] for column in COLUMNS},
        "faults": len(findings.wrong),
    }  # fmt: skip


def write(findings: Findings, file: Path) -> None:
    content: dict[str, Any] = {
        "as_it_must_be": not findings.wrong, "counts": counts(findings), "faults": findings.wrong, "methods": rows(findings),
    }  # fmt: skip
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def show(findings: Findings, console: Console) -> None:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for key in KEYS:
        table.add_column(key, overflow="fold", no_wrap=key == "method")
    server = ""
    for row in rows(findings):
        cells = [row[key] for key in KEYS[:3]] + [row[key].lower() for key in KEYS[3:]]
        of, _, name = row["method"].partition(" ")
        if row["permission"] != OPEN_TO_ALL:
            cells[0] = name
            if of != server:
                table.add_row(f"[bold]{of}")
            server = of
        bad = any(_FAULT in cell for cell in row.values())
        table.add_row(*cells, style="red" if bad else None)
    console.print(table)
    for fault in findings.wrong[:_SHOWN]:
        console.print(fault, style="red", markup=False, highlight=False)
    if len(findings.wrong) > _SHOWN:
        console.print(f"... {len(findings.wrong) - _SHOWN} more", style="red", highlight=False)
    number = counts(findings)
    verdict = f"{number['faults']} faults" if findings.wrong else "everything is as it must be"
    console.print(
        f"{number['calls']} calls of {number['methods']} methods ({number[OWNER]} by rightful callers): {verdict}"
        f" ({findings.took_s:.1f} s)", highlight=False, style="bold red" if findings.wrong else "bold green",
    )  # fmt: skip
