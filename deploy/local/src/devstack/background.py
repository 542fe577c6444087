"""Starting, finding and ending the background process that owns a stack."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from devstack import errors, state
from devstack.errors import StackError
from devstack.layout import Layout
from devstack.options import Options
from devstack.part import PartState
from devstack.process import wait_gone
from devstack.progress import Progress

STOP_WAIT_S = 90.0


def up(layout: Layout, options: Options, on_progress: Callable[[Progress], None]) -> None:
    """Start a supervisor and return when its stack is up. Interrupted: the supervisor ends, and everything
    with it.

    Raises:
        StackError: or one of its kinds, as the supervisor reported it.
    """
    layout.logs.mkdir(parents=True, exist_ok=True)
    reading, writing = os.pipe()
    with layout.log("stack").open("ab") as log, os.fdopen(reading) as reports:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "devstack.supervisor", str(writing), json.dumps(asdict(options))],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=(writing,), start_new_session=True,
            env=dict(os.environ) | {"KAMAI_LOCAL": str(layout.root)},
        )  # fmt: skip
        os.close(writing)
        try:
            if _follow(reports, on_progress):
                supervisor.returncode = 0  # it goes on without us
                return
        except BaseException:
            supervisor.terminate()
            supervisor.wait()
            raise
        supervisor.wait()
    raise StackError(f"the supervisor ended while starting: see {layout.log('stack')}")


def _follow(reports: Any, on_progress: Callable[[Progress], None]) -> bool:
    """True when the stack is up, False when the reports end without a word; raises what was reported as failure."""
    for line in reports:
        message = json.loads(line)
        if "up" in message:
            return True
        if "failed" in message:
            raise _as_error(message)
        on_progress(Progress(message["part"], PartState(message["state"]), message["note"]))
    return False


def _as_error(message: dict[str, str]) -> StackError:
    if message["kind"] == errors.AlreadyUpError.__name__:
        return errors.AlreadyUpError(message["failed"])
    return StackError(message["failed"])


def down(layout: Layout) -> bool:
    """End the stack and wait until nothing of it runs. False when there was nothing to end.

    Raises:
        StackError: it did not end in time.
    """
    record = state.read(layout)
    if record is None:
        return False
    owner = record.owner.find()
    if owner is None:
        return bool(state.clear_leftovers(layout))
    owner.terminate()
    if not wait_gone([owner], STOP_WAIT_S):
        raise StackError(f"the stack (pid {owner.pid}) did not stop within {STOP_WAIT_S:.0f} s")
    state.clear_leftovers(layout)
    return True
