"""Processes: how they end, what they wrote, and that a pid is not an identity."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from devstack.process import Command, Identity, Process, own_identity, wait_gone

WAIT_S = 20.0
STUBBORN = """
import os, signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"], start_new_session=True)
print("ready", child.pid, flush=True)
signal.pause()
"""
OWNER = """
import sys
from pathlib import Path
from devstack.process import Command, Process
child = Process(Command([sys.executable, "-c", "import signal; signal.pause()"]), Path(sys.argv[1]))
print(child.pid, flush=True)
import signal
signal.pause()
"""


def _python(code: str, *, grace_s: float = WAIT_S, **more: object) -> Command:
    return Command([sys.executable, "-c", code], grace_s=grace_s, **more)  # type: ignore[arg-type]


def _wait_for(process: Process, text: str) -> str:
    while text not in process.output():
        assert process.wait(0.01) is None, process.output()
    return process.output()


def test_stop_goes_on_to_kill_and_takes_descendants_along(tmp_path: Path) -> None:
    """A program that ignores SIGTERM is killed after its grace, with a child that fled into another session."""
    process = Process(_python(STUBBORN, grace_s=0.1), tmp_path / "log")
    child = psutil.Process(int(_wait_for(process, "ready").split()[1]))
    process.stop()
    assert process.exit_code == -signal.SIGKILL
    assert wait_gone([child], 0)


def test_stop_lets_a_program_end_in_order(tmp_path: Path) -> None:
    """The stop signal is the command's own; stopping twice does nothing more."""
    code = "import signal, sys; signal.signal(signal.SIGINT, lambda *_: sys.exit(7)); print('ready', flush=True)"
    process = Process(_python(f"{code}; signal.pause()", stop_signal=signal.SIGINT), tmp_path / "log")
    _wait_for(process, "ready")
    process.stop()
    process.stop()
    assert process.exit_code == 7


def test_tail_is_of_this_start_only(tmp_path: Path) -> None:
    """The last 30 lines of what this process wrote, not of its predecessor in the same file."""
    log = tmp_path / "log"
    assert Process(_python("print('old')"), log).wait(WAIT_S) == 0
    process = Process(_python("[print(n) for n in range(40)]"), log)
    assert process.wait(WAIT_S) == 0
    assert process.tail().splitlines() == [str(number) for number in range(10, 40)]
    assert log.read_text().startswith("old\n")


def test_program_that_cannot_be_started(tmp_path: Path) -> None:
    """The log says which and why."""
    process = Process(Command([str(tmp_path / "no such program")]), tmp_path / "log")
    assert process.wait(WAIT_S) == 127
    assert "no such program: " in process.tail()


@pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal is Linux's")
def test_children_die_with_a_killed_owner(tmp_path: Path) -> None:
    """SIGKILL of the owner leaves nothing running."""
    with subprocess.Popen([sys.executable, "-c", OWNER, tmp_path / "log"], stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        child = psutil.Process(int(owner.stdout.readline()))
        owner.kill()
    assert wait_gone([child], WAIT_S)


def test_recycled_pid_is_not_found() -> None:
    """A process that began at another time is another process."""
    here = own_identity()
    assert here.find() is not None
    assert Identity(here.pid, here.created - 60).find() is None
    assert os.getpid() == here.pid
