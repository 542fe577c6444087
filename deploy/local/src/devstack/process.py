"""One process of the stack: in its own session, its output in a log file, gone when we are."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from devstack import launch

TAIL_LINES = 30
TAIL_BYTES = 64 * 1024
CLOCK_TOLERANCE_S = 1.0
KILL_WAIT_S = 10.0
GONE_POLL_S = 0.01

# Linux sends the parent-death signal when the THREAD that forked ends, so all children are forked by one
# thread that lives as long as this process.
_spawner = ThreadPoolExecutor(max_workers=1, thread_name_prefix="devstack-spawner")


@dataclass(frozen=True)
class Command:
    """How a program is run.

    Attributes:
        argv: program and arguments.
        env: its whole environment; None for ours.
        cwd: working directory; None for ours.
        stop_signal: asks it to end in order.
        grace_s: seconds it has for that before SIGKILL.
        death_signal: what it gets when this process is gone.
        user: account to run as, only when we are root.
    """

    argv: Sequence[str]
    env: Mapping[str, str] | None = None
    cwd: Path | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    grace_s: float = 30.0
    death_signal: signal.Signals = signal.SIGKILL
    user: str = ""


@dataclass(frozen=True)
class Identity:
    """A process for ever: the pid alone may be another's tomorrow. `created` is in seconds since the epoch."""

    pid: int
    created: float

    def find(self) -> psutil.Process | None:
        """The process, or None when it ended, is a zombie or the pid belongs to another by now."""
        try:
            found = psutil.Process(self.pid)
            same = abs(found.create_time() - self.created) <= CLOCK_TOLERANCE_S
            return found if same and _runs(found) else None
        except psutil.NoSuchProcess:
            return None


@dataclass
class Process:
    """A started program.

    Attributes:
        log: file its stdout and stderr are appended to.
        identity: for the state file.
    """

    command: Command
    log: Path
    identity: Identity = field(init=False)
    _log_start: int = field(init=False, default=0)
    _popen: subprocess.Popen[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self._log_start = output.tell()
            self._popen = _spawner.submit(self._spawn, output.fileno()).result()
        self.identity = Identity(self.pid, _created(self.pid))

    def _spawn(self, output: int) -> "subprocess.Popen[bytes]":
        how = self.command
        prefix = [
            sys.executable,
            "-I",
            "-S",
            launch.__file__,
            str(os.getpid()),
            str(int(how.death_signal)),
            how.user,
        ]
        return subprocess.Popen(
            [*prefix, "--", *how.argv],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            env=None if how.env is None else dict(how.env),
            cwd=how.cwd, start_new_session=True,
        )  # fmt: skip

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative: the signal that ended it."""
        return self._popen.poll()

    def wait(self, timeout_s: float) -> int | None:
        """The exit code, or None when it still runs after `timeout_s` seconds."""
        try:
            return self._popen.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None

    def stop(self) -> None:
        """Ask it to end, wait, then SIGKILL it and what it left behind. Ended already: only the latter."""
        family = _family(self.pid) if self.exit_code is None else []
        if self.exit_code is None:
            self._popen.send_signal(self.command.stop_signal)
            self.wait(self.command.grace_s)
        self._kill(family)

    def kill(self) -> None:
        """SIGKILL it and all its descendants at once, as a power cut would, and wait until they are gone."""
        self._kill(_family(self.pid) if self.exit_code is None else [])

    def _kill(self, family: Iterable[psutil.Process]) -> None:
        self._popen.kill()
        self._popen.wait()
        kill_all(family)

    def output(self) -> str:
        """What it wrote since this start (the last 64 KiB of it)."""
        with self.log.open("rb") as source:
            end = source.seek(0, os.SEEK_END)
            source.seek(max(self._log_start, end - TAIL_BYTES))
            return source.read().decode(errors="replace")

    def tail(self) -> str:
        """The last 30 lines it wrote since this start."""
        return "\n".join(self.output().rstrip().splitlines()[-TAIL_LINES:])


def kill_all(processes: Iterable[psutil.Process]) -> None:
    """SIGKILL `processes` and wait until none runs; psutil refuses a pid that was given to another."""
    victims = list(processes)
    for victim in victims:
        with suppress(psutil.NoSuchProcess):
            victim.kill()
    wait_gone(victims, KILL_WAIT_S)


def wait_gone(processes: Iterable[psutil.Process], timeout_s: float) -> bool:
    """True when all ended in time. A zombie has ended: not every container's first process reaps them."""
    left = list(processes)
    deadline = time.monotonic() + timeout_s
    while left := [each for each in left if _runs(each)]:
        if time.monotonic() > deadline:
            return False
        time.sleep(GONE_POLL_S)
    return True


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _created(pid: int) -> float:
    try:
        return psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:  # ended at once: nothing will ever match
        return 0.0


def _family(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def own_identity() -> Identity:
    """This process."""
    return Identity(os.getpid(), _created(os.getpid()))
