"""What every part of the stack has in common: start, stop, kill, restart, an address and a state."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from enum import StrEnum
from types import TracebackType
from typing import Self

from devstack.errors import PartFailedError
from devstack.process import Process

POLL_S = 0.03


class PartState(StrEnum):
    STOPPED = "stopped"
    STARTING = "starting"
    READY = "ready"
    CRASHED = "crashed"


class Part(ABC):
    """Something that can be started and has an address. All methods block until done and may be called from
    any thread, but not two of them at once on one part; `kill` and `stop` may interrupt a `start`.

    Attributes:
        name: as in the log's file name and the tables.
        note: called with a short text at each step of a start.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.note: Callable[[str], None] = lambda _: None

    @property
    @abstractmethod
    def address(self) -> str:
        """Where clients reach it: ``host:port`` or a URL without secrets; empty while it never ran."""

    @property
    @abstractmethod
    def state(self) -> PartState: ...

    @property
    def process(self) -> Process | None:
        """The running process, for parts that are one on this machine."""
        return None

    @abstractmethod
    def start(self) -> None:
        """Start and wait until it serves. Raises PartFailedError, MissingPrerequisiteError or StackError."""

    @abstractmethod
    def stop(self) -> None:
        """End it in order; nothing happens when it does not run."""

    @abstractmethod
    def kill(self) -> None:
        """End it as a power cut would (SIGKILL)."""

    def restart(self) -> None:
        """Stop it if it runs, then start it at the same address with the same data."""
        self.stop()
        self.start()

    @abstractmethod
    def failure(self) -> PartFailedError | None:
        """Why it is CRASHED, with the tail of its log; None in any other state."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


class DatabasePart(Part):
    """A PostgreSQL 18 with the database ``kamai``."""

    @property
    @abstractmethod
    def admin_dsn(self) -> str:
        """The superuser's URL of the database ``kamai``, password included."""


class BrokerPart(Part):
    """An Apache Kafka broker."""

    @property
    @abstractmethod
    def bootstrap(self) -> str:
        """``host:port``."""


class BankPart(Part):
    """A counterparty bank that speaks mock-bank's HTTP interface."""

    @property
    @abstractmethod
    def url(self) -> str:
        """Base URL without a slash at its end."""
