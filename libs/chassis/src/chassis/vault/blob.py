"""The form of a sealed value: version (1 byte), id of the data key (16), nonce (12), ciphertext with its tag (16 more than the
value). AES-256-GCM; what is authenticated beside the value is the version, the key's id and the place the value belongs to.

Nonces are random: a key may seal 2^32 values (NIST SP 800-38D, section 8.3), far more than one person or organisation has.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chassis.vault.errors import CannotOpen

VERSION = b"\xd1"
NONCE_BYTES, TAG_BYTES = 12, 16
_HEAD_BYTES = len(VERSION) + 16
OVERHEAD_BYTES = _HEAD_BYTES + NONCE_BYTES + TAG_BYTES


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed value lies. It opens nowhere else. `tenant` may be "" (a row of the platform), the others may not."""

    tenant: str
    table: str
    column: str
    row: str

    def __post_init__(self) -> None:
        if not (self.table and self.column and self.row):
            raise ValueError("a place has a table, a column and a row")

    def __str__(self) -> str:
        return f"{self.table}.{self.column} of {self.row}"


def framed(*parts: str | bytes) -> bytes:
    """Each part after its length in 4 bytes: different parts never give the same bytes."""
    raw = [part.encode() if isinstance(part, str) else part for part in parts]
    return b"".join([len(part).to_bytes(4, "big") + part for part in raw])


def seal(key: AESGCM, head: bytes, bound_to: bytes, plaintext: bytes) -> bytes:
    """`head`, nonce, ciphertext and tag; `head` and `bound_to` are authenticated."""
    nonce = os.urandom(NONCE_BYTES)
    return head + nonce + key.encrypt(nonce, plaintext, head + bound_to)


def open_(key: AESGCM, head_bytes: int, bound_to: bytes, sealed: bytes) -> bytes:
    """The plaintext of what `seal` made with a head of that length; raises InvalidTag."""
    nonce_ends = head_bytes + NONCE_BYTES
    if len(sealed) < nonce_ends + TAG_BYTES:
        raise InvalidTag
    return key.decrypt(sealed[head_bytes:nonce_ends], sealed[nonce_ends:], sealed[:head_bytes] + bound_to)


def seal_value(key: AESGCM, key_id: UUID, place: Place, plaintext: bytes) -> bytes:
    return seal(key, VERSION + key_id.bytes, _bound_to(place), plaintext)


def open_value(key: AESGCM, place: Place, blob: bytes) -> bytes:
    """Raises CannotOpen."""
    try:
        return open_(key, _HEAD_BYTES, _bound_to(place), blob)
    except InvalidTag:
        raise CannotOpen(f"{place}: sealed for another place or changed") from None


def key_id_of(place: Place, blob: bytes) -> UUID:
    """The data key `blob` names; raises CannotOpen when it is no sealed value."""
    if len(blob) < OVERHEAD_BYTES or not blob.startswith(VERSION):
        raise CannotOpen(f"{place}: not a sealed value of a known version")
    return UUID(bytes=bytes(blob[len(VERSION) : _HEAD_BYTES]))


def _bound_to(place: Place) -> bytes:
    return framed(place.tenant, place.table, place.column, place.row)
