"""``.local/stack.json``: what runs, for other processes. And the lock that says who runs it."""

import fcntl
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

import psutil

from devstack.errors import AlreadyUpError
from devstack.layout import Layout
from devstack.part import Part
from devstack.process import Identity, kill_all, wait_gone
from devstack.secret_files import write_private

LEFTOVER_GRACE_S = 10.0


@dataclass(frozen=True)
class PartRecord:
    """A part as last written. `process` is None where it is not a process of this machine."""

    name: str
    state: str
    address: str
    process: Identity | None


@dataclass(frozen=True)
class StackRecord:
    """The whole stack as last written.

    Attributes:
        phase: ``starting``, ``up`` or ``stopping``.
        provider: ``embedded``, ``docker`` or ``external``.
        owner: the process that runs the stack.
        parts: in the order of starting.
        env: what clients need, no secrets.
        settings: what each service is told, by its name; secrets are in the files it names.
    """

    phase: str
    provider: str
    owner: Identity
    parts: Sequence[PartRecord] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def record_of(part: Part) -> PartRecord:
    """The part as it is now."""
    process = part.process
    return PartRecord(part.name, str(part.state), part.address, process.identity if process else None)


def write(layout: Layout, record: StackRecord) -> None:
    """Replace the state file."""
    write_private(layout.state, json.dumps(asdict(record), indent=2) + "\n")


def read(layout: Layout) -> StackRecord | None:
    """The state file; None where there is none or it cannot be read."""
    try:
        found: dict[str, Any] = json.loads(layout.state.read_text())
        parts = [PartRecord(**(part | {"process": _identity(part["process"])})) for part in found["parts"]]
        return StackRecord(**(found | {"owner": Identity(**found["owner"]), "parts": parts}))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _identity(found: dict[str, Any] | None) -> Identity | None:
    return None if found is None else Identity(**found)


class StackLock:
    """Held by the one process that runs the stack of a state directory; the system frees it when that process ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def acquire(self) -> None:
        """Raises AlreadyUpError when another process has it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            owner = file.read().strip()
            file.close()
            raise AlreadyUpError(f"the stack of {self._path.parent} is already up (pid {owner})") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._file = file

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def clear_leftovers(layout: Layout) -> list[str]:
    """End what a stack left running whose owner was killed, and forget that stack. To be called with the lock
    held, or when the owner is gone.

    Returns:
        The names of the parts that still ran.
    """
    record = read(layout)
    layout.state.unlink(missing_ok=True)
    if record is None:
        return []
    found = [(part.name, part.process.find()) for part in record.parts if part.process is not None]
    alive = [(name, process) for name, process in found if process is not None]
    families: list[psutil.Process] = []
    for _, process in alive:
        try:
            families += [process, *process.children(recursive=True)]
            process.terminate()
        except psutil.NoSuchProcess:
            continue
    if not wait_gone(families, LEFTOVER_GRACE_S):
        kill_all(families)
    return [name for name, _ in alive]
