"""A part that is a process on this machine: its ports, its start with a ready check, its end."""

import signal
import threading
import time
from abc import abstractmethod
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

from devstack.errors import CancelledError, PartFailedError, StackError
from devstack.part import POLL_S, Part, PartState
from devstack.ports import free_ports, require_free
from devstack.process import Command, Process

START_ATTEMPTS = 5
PORT_WAIT_S = 5.0


class ProcessPart(Part):
    """A part that is a process on this machine. Subclasses say how it is prepared, run and known to be ready."""

    ready_timeout_s: ClassVar[float] = 60.0
    port_count: ClassVar[int] = 1
    port_taken_texts: ClassVar[tuple[str, ...]] = ()
    """What the program writes when another process was faster to take its port."""

    def __init__(self, name: str, log: Path, *, port: int | None = None) -> None:
        super().__init__(name)
        self.log = log.absolute()
        self.ports: tuple[int, ...] = ()
        self._client_port = port
        self._state = PartState.STOPPED
        self._process: Process | None = None
        self._cancelled = threading.Event()
        self._spawning = threading.Lock()

    def prepare(self) -> None:
        """Everything before the program may start: files, tools, formats."""

    @abstractmethod
    def command(self) -> Command:
        """How to run it now, on `self.ports`."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Ask it through its own protocol; False means not yet."""

    @property
    def process(self) -> Process | None:
        return self._process if self.state in (PartState.READY, PartState.STARTING) else None

    @property
    def state(self) -> PartState:
        process = self._process
        if self._state is PartState.READY and process is not None and process.exit_code is not None:
            return PartState.CRASHED
        return self._state

    def failure(self) -> PartFailedError | None:
        if self.state is not PartState.CRASHED or self._process is None:
            return None
        return self._failed(self._process, "crashed: " + _how_it_ended(self._process))

    @property
    def was_killed(self) -> bool:
        """True when its last process did not end by itself or in order."""
        return self._process is not None and self._process.exit_code == -signal.SIGKILL

    def start(self) -> None:
        if self.state in (PartState.READY, PartState.STARTING):
            raise StackError(f"{self.name} is already running")
        self._cancelled.clear()
        self._state = PartState.STARTING
        try:
            self.prepare()
            self._launch()
        except BaseException:
            self._end(Process.kill)
            raise
        if self.ports:
            self._client_port = self.ports[0]
        self._state = PartState.READY

    def stop(self) -> None:
        # Half started there is nothing to end in order, and Kafka would take its time for it.
        self._end(Process.kill if self._state is PartState.STARTING else Process.stop)

    def kill(self) -> None:
        self._end(Process.kill)

    def run_tool(self, command: Command) -> Process:
        """Run a program that ends by itself, to its end; its output goes to the part's log.

        Raises:
            PartFailedError: it ended with another code than 0.
        """
        tool = self._spawn(command)
        while tool.wait(POLL_S) is None:
            pass
        if tool.exit_code != 0:
            self._raise_if_cancelled()
            program = " ".join(Path(word).name for word in command.argv[:3])
            raise self._failed(tool, f"`{program} ...` {_how_it_ended(tool)}")
        return tool

    def _end(self, how: Callable[[Process], None]) -> None:
        self._cancelled.set()
        with self._spawning:
            process = self._process
        if process is not None:
            how(process)
        self._state = PartState.STOPPED

    def _launch(self) -> None:
        for attempt in range(1, START_ATTEMPTS + 1):
            self.ports = self._choose_ports()
            try:
                self._wait_until_ready(self._spawn(self.command()))
                return
            except PartFailedError:
                if attempt == START_ATTEMPTS or not self._lost_its_port():
                    raise
                self.note("port taken by another process, trying again")

    def _lost_its_port(self) -> bool:
        output = self._process.output() if self._process is not None else ""
        return any(text in output for text in self.port_taken_texts)

    def _choose_ports(self) -> tuple[int, ...]:
        """The first is the clients': the one asked for, or that of the start before; the others are always new."""
        if self._client_port is None:
            return free_ports(self.port_count)
        try:  # our own predecessor may need a moment to leave it
            require_free(self._client_port, wait_s=PORT_WAIT_S if self.ports else 0.0)
        except StackError as error:
            raise StackError(f"{self.name}: {error}") from None
        return (self._client_port, *free_ports(self.port_count - 1))

    def _spawn(self, command: Command) -> Process:
        with self._spawning:
            self._raise_if_cancelled()
            self._process = Process(command, self.log)
            return self._process

    def _wait_until_ready(self, process: Process) -> None:
        # The wait for its end paces the questions, so that an end is seen at once.
        deadline = time.monotonic() + self.ready_timeout_s
        while process.wait(POLL_S) is None:
            if self.is_ready():
                return
            if time.monotonic() > deadline:
                raise self._failed(process, f"not ready after {self.ready_timeout_s:.0f} s")
        self._raise_if_cancelled()
        raise self._failed(process, f"{_how_it_ended(process)} while starting")

    def _raise_if_cancelled(self) -> None:
        if self._cancelled.is_set():
            raise CancelledError(f"{self.name}: start given up")

    def _failed(self, process: Process, reason: str) -> PartFailedError:
        tail = ""
        with suppress(OSError):
            tail = process.tail()
        return PartFailedError(self.name, reason, self.log, tail)


def _how_it_ended(process: Process) -> str:
    code = process.exit_code
    return f"ended by signal {-code}" if code is not None and code < 0 else f"ended with code {code}"
