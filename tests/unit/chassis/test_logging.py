"""Logs hold what the allow-list allows. A canary in any other place must never reach the output."""

from __future__ import annotations

import asyncio
import json
import logging as standard
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
import structlog
from chassis import logging
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CANARY = "canary-91c5"


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Iterator[StringIO]:
    """Logging as in a service, written to where the test can read it; afterwards as before."""
    before = standard.root.handlers[:], standard.root.level, standard.raiseExceptions
    written = StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    logging.configure("probe", "DEBUG")
    yield written
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    standard.root.handlers[:], standard.root.level, standard.raiseExceptions = before


def lines(written: StringIO) -> list[dict[str, Any]]:
    """What was written since the last look."""
    found = [json.loads(line) for line in written.getvalue().splitlines()]
    written.seek(0)
    written.truncate()
    return found


def test_allowed_fields_pass(configured: StringIO) -> None:
    """What is on the list is written, with service, level and time."""
    logging.logger().info("call", method="/a/B", code="OK", duration_ms=1.5)
    (line,) = lines(configured)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "call", "level": "info", "service": "probe", "method": "/a/B", "code": "OK", "duration_ms": 1.5,
    }  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(categories=["Ll"]), min_size=1).filter(lambda name: name not in logging.ALLOWED | {"self"}))
def test_other_fields_are_replaced(configured: StringIO, name: str) -> None:
    """A field nobody has allowed shows its name, never its value, however deep that is."""
    logging.logger().warning("call", **{name: {"deep": [CANARY]}})
    (line,) = lines(configured)
    assert line[name] == "[redacted]"
    assert CANARY not in str(line)


def test_bound_context_is_held_to_the_list_too(configured: StringIO) -> None:
    """Fields bound for a whole task are no way around."""
    with structlog.contextvars.bound_contextvars(tax_number=CANARY):
        logging.logger().info("call")
    assert CANARY not in configured.getvalue()


def raised() -> Exception:
    try:
        raise ValueError(f"row ({CANARY}) violates")
    except ValueError as error:
        return error


def test_text_of_exceptions_is_not_logged(configured: StringIO) -> None:
    """Of an exception its class and the place in the code are written, whichever way it is handed over."""
    error = raised()
    logging.logger().error("part failed", **logging.fault(error))
    logging.logger().error("part failed", exc_info=error)
    logging.logger().exception("part failed", exc_info=(type(error), error, error.__traceback__))
    written = configured.getvalue()
    assert CANARY not in written
    first = json.loads(written.splitlines()[0])
    assert first["error"] == "ValueError"
    assert first["frames"][-1].startswith("test_logging.py:")


def test_lines_of_libraries(configured: StringIO) -> None:
    """Of a library's line its template is written; arguments, put-together texts and exceptions are not."""
    library = standard.getLogger("somebody.else")
    library.warning("cannot reach %s for %s", CANARY, CANARY)
    library.error(f"cannot reach {CANARY}")
    library.error(raised())
    library.error("failed", exc_info=raised())
    library.error("failed at %(place)s", {"place": CANARY}, exc_info=raised(), extra={"more": CANARY}, stack_info=True)
    written = configured.getvalue()
    assert CANARY not in written
    found = [json.loads(line) for line in written.splitlines()]
    assert found[0]["event"] == "cannot reach %s for %s"
    assert [line.get("error") for line in found] == [None, None, None, "ValueError", "ValueError"]


def test_asyncio_quotes_nothing(configured: StringIO) -> None:
    """The event loop's own report of a lost exception, which puts its text into the message, keeps it back."""
    loop = asyncio.new_event_loop()
    loop.call_exception_handler({"message": f"lost: {CANARY}", "exception": raised(), "future": CANARY})
    loop.close()
    assert CANARY not in configured.getvalue()


def test_a_process_that_dies_of_an_exception() -> None:
    """Even an exception nobody caught ends the process without its text."""
    script = (
        "import sys; from chassis import logging; logging.configure('probe'); "
        f"raise ValueError('row ({CANARY})'.replace('canary', 'CAN' + 'ARY').lower())"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode != 0
    assert f"({CANARY})" not in done.stderr
    assert json.loads(done.stderr.splitlines()[-1])["error"] == "ValueError"
