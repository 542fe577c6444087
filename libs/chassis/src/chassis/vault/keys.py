"""Data keys and how a key-encryption key wraps them."""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chassis import ids
from chassis.vault import blob
from chassis.vault.errors import CannotOpen

KEY_BYTES = 32
# Making a key and destroying it take turns on one of so many locks: a call that makes thousands of keys must not fill the
# server's lock table.
_BUCKETS = 256


class Subject(NamedTuple):
    """Whose data it is: kind as CONTRACTOR, ORGANISATION or SERVICE."""

    kind: str
    id: UUID

    @property
    def name(self) -> str:
        """As it stands in the audit trail: the id of a person, for their kind is its prefix."""
        return ids.encode(self.kind.lower(), self.id)

    @property
    def bucket(self) -> int:
        return zlib.crc32(self.id.bytes, zlib.crc32(self.kind.encode())) % _BUCKETS


@dataclass(frozen=True, slots=True)
class Kek:
    """An opened key-encryption key. Like a data key it wraps at most 2^32 times with random nonces."""

    id: UUID
    aead: AESGCM = field(repr=False)


@dataclass(frozen=True, slots=True)
class DataKey:
    id: UUID
    subject: Subject
    aead: AESGCM = field(repr=False)


def new_wrapped(kek: Kek, key_id: UUID, subject: Subject) -> bytes:
    """A new data key, wrapped. It is used only once it was read back from the database."""
    return wrap(kek, key_id, subject, os.urandom(KEY_BYTES))


def wrap(kek: Kek, key_id: UUID, subject: Subject, key: bytes) -> bytes:
    return blob.seal(kek.aead, b"", _bound_to(kek, key_id, subject), key)


def unwrap(kek: Kek, key_id: UUID, subject: Subject, wrapped: bytes) -> bytes:
    """Raises CannotOpen: the row was changed or put together from others."""
    try:
        return blob.open_(kek.aead, 0, _bound_to(kek, key_id, subject), wrapped)
    except InvalidTag:
        raise CannotOpen(f"data key {key_id} does not open with its key-encryption key {kek.id}") from None


def _bound_to(kek: Kek, key_id: UUID, subject: Subject) -> bytes:
    return blob.framed("kamai.data-key", key_id.bytes, kek.id.bytes, subject.kind, subject.id.bytes)
