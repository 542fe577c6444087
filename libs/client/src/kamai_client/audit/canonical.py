"""The bytes that are hashed and signed, computed from what a service sent (docs/audit.md). Shares no code with the services."""

from __future__ import annotations

import hashlib
import struct
from functools import lru_cache

from google.protobuf.timestamp_pb2 import Timestamp
from kamai.ops.v1 import audit_pb2 as pb

FIRST = bytes(32)
_NULL = b"\xff\xff\xff\xff"
_PLATFORM = "org_" + 26 * "0"
_DIGITS = {digit: value for value, digit in enumerate("0123456789abcdefghjkmnpqrstvwxyz")}
_length = struct.Struct(">I").pack
_head = struct.Struct(">BIqIQI16sIq").pack
_number = struct.Struct(">Iq").pack
_KINDS = {number: name.removeprefix("AUDIT_KIND_") for name, number in pb.AuditKind.items()}


class Malformed(Exception):
    """A field cannot be what was hashed."""


def _bytes(value: bytes) -> bytes:
    return _length(len(value)) + value


@lru_cache(maxsize=10_000)
def _text(value: str) -> bytes:
    return _bytes(value.encode())


@lru_cache(maxsize=10_000)
def _organisation(type_id: str) -> bytes:
    """The 16 bytes in a TypeID of an organisation."""
    prefix, _, digits = type_id.rpartition("_")
    if prefix != "org" or len(digits) != 26:
        raise Malformed
    number = 0
    for digit in digits:
        number = number << 5 | _DIGITS[digit]
    return number.to_bytes(16, "big")


def micros(at: Timestamp) -> int:
    """Since 1970-01-01 UTC."""
    return at.seconds * 1_000_000 + at.nanos // 1_000


def entry(message: pb.AuditEntry) -> bytes:
    """Canonical bytes of an entry; raises Malformed when a field has a form that no entry can have."""
    m = message
    try:
        organisation, request_id, before, after = m.organisation_id, m.request_id, m.before_digest, m.after_digest
        return b"".join((
            _head(1, 8, m.id, 8, m.transaction, 16, bytes.fromhex(m.entry_id.replace("-", "")), 8, micros(m.occurred_at)),
            _bytes(_organisation(organisation)) if organisation else _NULL,
            _text(m.actor), _bytes(b"".join([_text(role) for role in m.roles])), _text(m.method), _text(m.peer),
            _bytes(bytes.fromhex(request_id.replace("-", ""))) if request_id else _NULL,
            _text(_KINDS.get(m.kind, "")), _bytes(b"".join([_text(subject) for subject in m.subjects])),
            _bytes(m.request_digest), _bytes(before) if before else _NULL, _bytes(after) if after else _NULL,
        ))  # fmt: skip
    except (ValueError, KeyError, struct.error, OverflowError):
        raise Malformed from None


def link(before: bytes, content: bytes) -> bytes:
    """The hash of an entry behind one with the hash `before`."""
    return hashlib.sha256(before + content).digest()


def root(message: pb.AuditRoot) -> bytes:
    """Canonical bytes of a root: what is signed; raises Malformed."""
    try:
        return b"".join((
            b"\x01", _text("kamai.audit.root"), _text(message.service),
            _bytes(_organisation(message.organisation_id or _PLATFORM)),
            _number(8, message.number), _number(8, message.sequence), _bytes(message.hash), _bytes(message.previous),
            _number(8, micros(message.signed_at)), _text(message.key_id),
        ))  # fmt: skip
    except (ValueError, KeyError, struct.error, OverflowError):
        raise Malformed from None
