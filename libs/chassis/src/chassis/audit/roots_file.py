"""The file of signed roots: one JSON object a line, only ever added to. It belongs where the database's keepers cannot write."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from chassis.audit import canonical
from chassis.audit.canonical import Root

_TAIL = 64 * 1024  # longer than any line


class RootsFileUnusable(Exception):
    """The file ends with something that is no root, or another process holds it."""


def line(place: int, root: Root, signature: bytes) -> str:
    """`place` is the root's number among those of all tenants."""
    return json.dumps({
        "place": place, "service": root.service, "organisation_id": canonical.tenant(root.organisation_id), "number": root.number,
        "sequence": root.sequence, "hash": root.hash.hex(), "previous": root.previous.hex(),
        "signed_at": root.signed_at.isoformat(timespec="microseconds"), "key_id": root.key_id, "signature": signature.hex(),
    })  # fmt: skip


def last_place(file: Path) -> int:
    """The place of the last whole line, 0 of none. Half a line that a crash left is cut off: it is written again."""
    if not file.exists():
        return 0
    with _held(file) as descriptor:
        return _mend(descriptor)


def append(file: Path, after: int, lines: Sequence[str]) -> None:
    """Adds lines behind the place `after`, durably; raises RootsFileUnusable when somebody else has added some meanwhile."""
    new = not file.exists()
    with _held(file) as descriptor:
        if _mend(descriptor) != after:
            raise RootsFileUnusable(f"{file.name} was written by another process")
        content = "".join(f"{each}\n" for each in lines).encode()
        while content:
            content = content[os.write(descriptor, content) :]
        os.fsync(descriptor)
    if new:
        _sync_folder(file.parent)


@contextmanager
def _held(file: Path) -> Iterator[int]:
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield descriptor
    except BlockingIOError:
        raise RootsFileUnusable(f"{file.name} is held by another process") from None
    finally:
        os.close(descriptor)


def _mend(descriptor: int) -> int:
    size = os.fstat(descriptor).st_size
    start = max(0, size - _TAIL)
    tail = os.pread(descriptor, size - start, start)
    whole, newline, torn = tail.rpartition(b"\n")
    if torn:
        os.ftruncate(descriptor, size - len(torn))
        os.fsync(descriptor)
    if not newline:
        if start:
            raise RootsFileUnusable("the file of roots ends with something that is no root")
        return 0
    try:
        return int(json.loads(whole.rpartition(b"\n")[2])["place"])
    except (ValueError, KeyError, TypeError):
        raise RootsFileUnusable("the file of roots ends with a line that is no root") from None


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
