"""Small code stays small: the hard limits of CONTRIBUTING.md, held by a program."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FUNCTION, LONGEST_FILE, LONGEST_USE_CASE = 70, 400, 150


def python_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).exists()]


def test_files_are_short() -> None:
    """No file has more than 400 lines."""
    long = {str(f.relative_to(ROOT)): n for f in python_files() if (n := len(f.read_text().splitlines())) > LONGEST_FILE}
    assert not long


def test_functions_are_short() -> None:
    """No function has more than 70 lines."""
    long = {}
    for file in python_files():
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LONGEST_FUNCTION:
                long[f"{file.relative_to(ROOT)}:{node.lineno} {node.name}"] = lines
    assert not long


@pytest.mark.parametrize("service", ["onboarding", "contracts", "payouts"])
def test_use_cases_are_short(service: str) -> None:
    """A use case is one file of at most 150 lines; ports.py lists the Protocols of all and is not one."""
    app = ROOT / "services" / service / "src" / service / "app"
    files = [file for file in python_files() if app in file.parents and file.name != "ports.py"]
    assert files
    assert not [str(f.relative_to(ROOT)) for f in files if len(f.read_text().splitlines()) > LONGEST_USE_CASE]
