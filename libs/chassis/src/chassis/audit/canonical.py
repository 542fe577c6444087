"""The bytes that are hashed and signed, as docs/audit.md describes them: a version, then fields with their length before them.

A length is four bytes, big-endian, all ones for a field that is NULL; numbers have eight bytes, moments are microseconds since
1970 in UTC, and a list is a field that holds its items with their lengths.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from chassis import ids

PLATFORM = UUID(int=0)  # the tenant of the platform's own chain
FIRST = bytes(32)  # the hash before a chain's first entry, and the digest before its first root
_NULL = b"\xff\xff\xff\xff"
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_length = struct.Struct(">I").pack
_head = struct.Struct(">BIqIQI16sIq").pack  # version, id, transaction, entry id, moment


def microseconds(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def _bytes(value: bytes | None) -> bytes:
    return _NULL if value is None else _length(len(value)) + value


@lru_cache(maxsize=10_000)
def _text(value: str) -> bytes:
    return _bytes(value.encode())


def _list(items: Iterable[str]) -> bytes:
    return _bytes(b"".join([_text(item) for item in items]))


def entry(row: Mapping[str, Any]) -> bytes:
    """Canonical bytes of a row of audit_entry; its `xid` is a number."""
    organisation, request_id = row["organisation_id"], row["request_id"]
    return b"".join((
        _head(1, 8, row["id"], 8, row["xid"], 16, row["entry_id"].bytes, 8, microseconds(row["occurred_at"])),
        _bytes(organisation.bytes if organisation else None),
        _text(row["actor"]), _list(row["roles"]), _text(row["method"]), _text(row["peer"]),
        _bytes(request_id.bytes if request_id else None),
        _text(row["kind"]), _list(row["subjects"]),
        _bytes(row["request_digest"]), _bytes(row["before_digest"]), _bytes(row["after_digest"]),
    ))  # fmt: skip


def link(before: bytes, content: bytes) -> bytes:
    """The hash of an entry with these canonical bytes, behind an entry with the hash `before`."""
    return hashlib.sha256(before + content).digest()


def tenant(organisation_id: UUID) -> str:
    """How a chain's tenant is named outside: "" for the platform."""
    return "" if organisation_id == PLATFORM else ids.encode("org", organisation_id)


@dataclass(frozen=True, slots=True)
class Root:
    """The signed head of a chain. `number` counts a tenant's roots from 1; `previous` is the digest of the root before."""

    service: str
    organisation_id: UUID
    number: int
    sequence: int
    hash: bytes
    previous: bytes
    signed_at: datetime
    key_id: str

    def content(self) -> bytes:
        """Canonical bytes: what is signed."""
        numbers = [struct.pack(">Iq", 8, number) for number in (self.number, self.sequence, microseconds(self.signed_at))]
        return b"".join((
            b"\x01", _text("kamai.audit.root"), _text(self.service), _bytes(self.organisation_id.bytes), numbers[0], numbers[1],
            _bytes(self.hash), _bytes(self.previous), numbers[2], _text(self.key_id),
        ))  # fmt: skip

    def digest(self) -> bytes:
        """What the next root names as its `previous`."""
        return hashlib.sha256(self.content()).digest()


def root_of(service: str, row: Any) -> Root:
    """From a row of audit_root."""
    return Root(
        service, row["organisation_id"], row["number"], row["sequence"], row["hash"], row["previous"], row["signed_at"],
        row["key_id"],
    )  # fmt: skip
