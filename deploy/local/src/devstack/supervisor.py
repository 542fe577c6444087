"""The background process that owns a stack after `kamai-stack up`: ``python -m devstack.supervisor FD
OPTIONS``.

It reports to the process that started it over the pipe FD, a JSON object a line: ``{"part", "state",
"note"}`` for each step, then ``{"up": true}``, or ``{"failed": text}`` and the end.
"""

import json
import os
import signal
import sys
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, NoReturn, TextIO

from devstack import control
from devstack.errors import PartFailedError, StackError
from devstack.options import Options
from devstack.progress import Progress
from devstack.stack import Stack


class Reporter:
    """Writes to the pipe until its reader goes away."""

    def __init__(self, descriptor: int) -> None:
        os.set_inheritable(descriptor, False)
        self._pipe: TextIO | None = os.fdopen(descriptor, "w", buffering=1)

    def tell(self, message: dict[str, Any]) -> None:
        if self._pipe is None:
            return
        try:
            self._pipe.write(json.dumps(message) + "\n")
        except OSError:
            self.close()

    def progress(self, step: Progress) -> None:
        self.tell(asdict(step))

    def close(self) -> None:
        pipe, self._pipe = self._pipe, None
        if pipe is not None:
            with suppress(OSError):
                pipe.close()


def interrupt_once(_signal: int, _frame: object) -> NoReturn:
    """The first signal begins the stop, later ones do not disturb it."""
    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


def say(text: object) -> None:
    """A line in the supervisor's own log."""
    print(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {text}", flush=True)


def run(options: Options, reporter: Reporter) -> int:
    """Start the stack, keep it until a signal, stop it. Returns the exit code."""
    try:
        stack = Stack(
            services=options.services, clock=options.bank_clock(), on_progress=reporter.progress, on_crash=_report_crash
        )
        stack.start()
    except (StackError, OSError) as error:
        say(error)
        reporter.tell({"failed": str(error), "kind": type(error).__name__})
        return 1
    try:
        reporter.tell({"up": True})
        reporter.close()
        say("up")
        control.serve(stack.layout.root, lambda request: stack.restart(str(request.get("restart"))))
    finally:
        stack.stop()
        say("down")
    return 0


def _report_crash(failure: PartFailedError) -> None:
    say(failure)


def main() -> int:
    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(each, interrupt_once)
    reporter = Reporter(int(sys.argv[1]))
    try:
        return run(Options(**json.loads(sys.argv[2])), reporter)
    except KeyboardInterrupt:
        return 0
    finally:
        reporter.close()


if __name__ == "__main__":
    sys.exit(main())
