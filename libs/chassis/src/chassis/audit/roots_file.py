"""The file of signed roots: one JSON object a line, only ever added to. It belongs where the database's keepers cannot write."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, NamedTuple
from uuid import UUID

import msgspec

from chassis import ids
from chassis.audit import canonical
from chassis.audit.canonical import Root

Signed = tuple[Root, bytes]
"""A root and its signature."""


class Newest(NamedTuple):
    """A tenant's newest root: its number and digest; 0 and zeros when there is none."""

    number: int = 0
    digest: bytes = canonical.FIRST


class RootsFileUnusable(Exception):
    """A line of the file is no root of this service, or another process is at it."""


_Number = Annotated[int, msgspec.Meta(ge=1, lt=1 << 62)]
_Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class _Line(msgspec.Struct):
    service: str
    organisation_id: Annotated[str, msgspec.Meta(pattern="^(org_[0-7][0-9a-hjkmnp-tv-z]{25})?$")]
    number: _Number
    sequence: _Number
    hash: _Digest
    previous: _Digest
    signed_at: Annotated[datetime, msgspec.Meta(tz=True)]
    key_id: str

    def root(self) -> Root:
        tenant = ids.raw(self.organisation_id) if self.organisation_id else canonical.PLATFORM
        hashed, previous = bytes.fromhex(self.hash), bytes.fromhex(self.previous)
        return Root(self.service, tenant, self.number, self.sequence, hashed, previous, self.signed_at, self.key_id)


_decode = msgspec.json.Decoder(_Line).decode


def _line(root: Root, signature: bytes) -> bytes:
    return json.dumps({
        "service": root.service, "organisation_id": canonical.tenant(root.organisation_id), "number": root.number,
        "sequence": root.sequence, "hash": root.hash.hex(), "previous": root.previous.hex(),
        "signed_at": root.signed_at.isoformat(timespec="microseconds"), "key_id": root.key_id, "signature": signature.hex(),
    }).encode() + b"\n"  # fmt: skip


class RootsFile:
    """Knows each tenant's newest root in the file, and reads only what was added since it last looked."""

    def __init__(self, path: Path, service: str) -> None:
        self._path, self._service = path, service
        self._forget()

    def _forget(self) -> None:
        self._is: tuple[int, int] | None = None  # device and inode
        self._lines = self._end = 0
        self._last = b""  # the line before the end
        self._newest: dict[UUID, Newest] = {}

    @property
    def newest(self) -> Mapping[UUID, Newest]:
        return self._newest

    def read(self) -> bool:
        """Whether all of it was read: at first, and when it is no longer the file that was read, or is shorter.

        Half a line that a crash left is cut off: its root is written again.

        Raises:
            OSError: the file cannot be used.
            RootsFileUnusable: as the class says.
        """
        with self._held() as descriptor:
            return self._catch_up(descriptor)

    def append(self, signed: Sequence[Signed]) -> None:
        """Adds roots, durably. Raises as `read`, and when somebody else has added some since that."""
        with self._held() as descriptor:
            before = self._end
            if anew := self._catch_up(descriptor):
                self._forget()  # the next `read` has to tell
            if anew or self._end != before:
                raise RootsFileUnusable(f"{self._path.name} was written by another process")
            content = b"".join(_line(*each) for each in signed)
            while content:
                content = content[os.write(descriptor, content) :]
            os.fsync(descriptor)
            self._catch_up(descriptor)

    @contextmanager
    def _held(self) -> Iterator[int]:
        new = not self._path.exists()
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if new:
                _sync_folder(self._path.parent)
            yield descriptor
        except BlockingIOError:
            raise RootsFileUnusable(f"{self._path.name} is held by another process") from None
        finally:
            os.close(descriptor)

    def _catch_up(self, descriptor: int) -> bool:
        state = os.fstat(descriptor)
        found = (state.st_dev, state.st_ino)
        anew = found != self._is or os.pread(descriptor, len(self._last), self._end - len(self._last)) != self._last
        if anew:
            self._forget()
        lines, end, last = self._lines, self._end, self._last
        newest: dict[str, _Line] = {}
        with open(descriptor, "rb", closefd=False) as file:
            file.seek(end)
            for line in file:
                if not line.endswith(b"\n"):
                    os.ftruncate(descriptor, end)
                    os.fsync(descriptor)
                    break
                lines, end, last = lines + 1, end + len(line), line
                parsed = self._parsed(line, lines)
                if parsed.organisation_id not in newest or parsed.number >= newest[parsed.organisation_id].number:
                    newest[parsed.organisation_id] = parsed
        for root in (each.root() for each in newest.values()):
            if root.number >= self._newest.get(root.organisation_id, Newest()).number:
                self._newest[root.organisation_id] = Newest(root.number, root.digest())
        self._is, self._lines, self._end, self._last = found, lines, end, last
        return anew

    def _parsed(self, line: bytes, number: int) -> _Line:
        try:
            found = _decode(line)
        except ValueError:
            raise RootsFileUnusable(f"{self._path.name}, line {number}: no root") from None
        if found.service != self._service:
            raise RootsFileUnusable(f"{self._path.name}, line {number}: a root of another service")
        return found


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
