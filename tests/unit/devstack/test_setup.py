"""`tools/setup` tells its steps, hides no error, and needs nothing but Python and a shell."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SETUP = Path(__file__).parents[3] / "tools" / "setup"
FAKE_PYTHON = """#!/bin/sh
[ "$1" = -c ] && exit 0
[ "$2" = venv ] && mkdir -p .venv/bin && cp "$0" .venv/bin/python && exit 0
echo "$@" >>installed
[ -e broken ] && echo "ERROR: no matching distribution" >&2 && exit 3
echo "WARNING: an old pip" >&2
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the script alone, and a Python that notes what it is asked for."""
    (tmp_path / "tools").mkdir()
    shutil.copy(SETUP, tmp_path / "tools" / "setup")
    python = tmp_path / "python"
    python.write_text(FAKE_PYTHON)
    python.chmod(0o755)
    return tmp_path


def run(checkout: Path) -> "subprocess.CompletedProcess[str]":
    plain = {"PATH": "/usr/bin:/bin", "PYTHON": str(checkout / "python"), "TMPDIR": str(checkout), "HOME": os.environ["HOME"]}
    return subprocess.run(
        [str(checkout / "tools" / "setup")], env=plain, cwd=checkout, capture_output=True, text=True, timeout=30, check=False
    )


def test_steps_are_told(checkout: Path) -> None:
    """A line before and a line behind each step where there is no terminal; warnings are shown; what is done is not redone."""
    done = run(checkout)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "1/3 making .venv ..."
    assert lines[1].startswith("1/3 making .venv: done in ")
    assert lines[-1].startswith("3/3 installing Kamai's own packages: done in ")
    assert "WARNING: an old pip" in done.stderr
    assert "--require-hashes -r requirements/dev.lock" in (checkout / "installed").read_text()
    assert (checkout / ".venv" / ".ready").exists()


def test_an_error_is_shown(checkout: Path) -> None:
    """The step that failed, everything it said, its exit code, and nothing after it."""
    (checkout / "broken").touch()
    done = run(checkout)
    assert done.returncode == 3
    assert done.stdout.splitlines()[-1].endswith(": FAILED")
    assert "ERROR: no matching distribution" in done.stderr
    assert "3/3" not in done.stdout
    assert not (checkout / ".venv" / ".ready").exists()
