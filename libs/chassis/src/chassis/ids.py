"""Ids are TypeIDs (github.com/jetify-com/typeid, v0.3): `prefix_` + 26 characters of Crockford base 32 over a UUIDv7.

Outside they are text, so that a wrong kind of id is caught at once; in Postgres they are `uuid`.
"""

from __future__ import annotations

import re
from typing import Protocol
from uuid import UUID

from uuid_utils.compat import uuid7

from chassis.errors import InvalidFields

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_SHIFTS = range(120, -1, -10)  # 13 pairs of characters of 5 bits each
_FORM = re.compile(f"[0-7][{_ALPHABET}]{{25}}")
_AS_PYTHON_WRITES_BASE_32 = str.maketrans(_ALPHABET, "0123456789abcdefghijklmnopqrstuv")


class IdFactory(Protocol):
    """Makes new ids; passed in, so that the domain stays deterministic."""

    def new(self, prefix: str) -> str: ...


class RandomIds:
    """UUIDv7: time-ordered, so that rows of one day lie together."""

    def new(self, prefix: str) -> str:
        return encode(prefix, uuid7())


def encode(prefix: str, value: UUID) -> str:
    number = value.int
    return f"{prefix}_{''.join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])}"


def decode(text: str, prefix: str, field: str = "id") -> UUID:
    """The UUID inside; raises InvalidFields for `field` when it is another kind of id or none."""
    head, _, tail = text.rpartition("_")
    if head != prefix or _FORM.fullmatch(tail) is None:
        raise InvalidFields.one(
            field,
            f"must be an id of the form {prefix}_... (26 characters after the underscore)",
            "INVALID_ID",
        )
    return UUID(int=int(tail.translate(_AS_PYTHON_WRITES_BASE_32), 32))


def raw(text: str) -> UUID:
    """The UUID inside an id of our own making, whatever its prefix."""
    return decode(text, text.rpartition("_")[0])
