"""mock-bank as counterparty."""

import urllib.request
from datetime import UTC, datetime
from pathlib import Path

from devstack import checks, infra


def _post(url: str) -> None:
    with urllib.request.urlopen(urllib.request.Request(url, method="POST"), timeout=5) as answer:
        assert answer.status == 200


def test_books_and_moved_clock_survive_kill_and_restart(tmp_path: Path) -> None:
    """The bank starts at the given time; how far its clock was moved is kept over SIGKILL and over a new object, so
    bank time never runs backwards on old books."""
    clock = datetime(2026, 9, 25, 14, 30, tzinfo=UTC)
    with infra.start_bank(tmp_path, clock=clock) as bank:
        url = bank.url
        assert _bank_date(url) == "2026-09-25"
        assert checks.get_json(f"{url}/_mock/state")["clock"]["cutoff"] == "23:59"
        _post(f"{url}/_mock/advance?days=3")
        moved = _bank_date(url)
        assert moved > "2026-09-25"
        bank.kill()
        bank.restart()
        assert (bank.url, _bank_date(url)) == (url, moved)
    with infra.start_bank(tmp_path, clock=clock) as later:
        assert _bank_date(later.url) == moved


def test_quiet(tmp_path: Path) -> None:
    """The bank does not write a line for each request."""
    with infra.start_bank(tmp_path) as bank:
        _bank_date(bank.url)
        assert bank.log.read_text() == ""


def _bank_date(url: str) -> str:
    return str(checks.get_json(f"{url}/_mock/state")["clock"]["date"])
