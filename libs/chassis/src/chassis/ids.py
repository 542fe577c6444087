"""Ids are TypeIDs (github.com/jetify-com/typeid, v0.3): `prefix_` + 26 characters of Crockford base 32 over a UUIDv7.

Outside they are text, so that a wrong kind of id is caught at once; in Postgres they are `uuid`.
"""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from uuid_utils.compat import uuid7

from chassis.errors import InvalidFields

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_LENGTH = 26


class IdFactory(Protocol):
    """Makes new ids; passed in, so that the domain stays deterministic."""

    def new(self, prefix: str) -> str: ...


class RandomIds:
    """UUIDv7: time-ordered, so that rows of one day lie together."""

    def new(self, prefix: str) -> str:
        return encode(prefix, uuid7())


def encode(prefix: str, value: UUID) -> str:
    number, characters = value.int, []
    for _ in range(_LENGTH):
        characters.append(_ALPHABET[number & 31])
        number >>= 5
    return f"{prefix}_{''.join(reversed(characters))}"


def decode(text: str, prefix: str, field: str = "id") -> UUID:
    """The UUID inside; raises InvalidFields for `field` when it is another kind of id or none."""
    head, _, tail = text.rpartition("_")
    if head != prefix or len(tail) != _LENGTH or tail[0] > "7" or not all(c in _VALUES for c in tail):
        raise InvalidFields.one(
            field,
            f"must be an id of the form {prefix}_... (26 characters after the underscore)",
            "INVALID_ID",
        )
    number = 0
    for character in tail:
        number = number << 5 | _VALUES[character]
    return UUID(int=number)


def raw(text: str) -> UUID:
    """The UUID inside an id of our own making, whatever its prefix."""
    return decode(text, text.rpartition("_")[0])
