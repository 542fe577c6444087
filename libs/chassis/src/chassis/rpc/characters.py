"""What may not stand in any text of a request: characters that are no text but orders to whoever shows it.

Control characters drive terminals and cut the lines of logs and files; U+2028 and U+2029 are ends of lines to many programs.
Explicit directions (Unicode UAX 9; CVE-2021-42574) let a text read other than it is stored. Postgres takes no U+0000, XML neither
U+FFFE nor U+FFFF. Letters of every script, joiners and marks may stand; line breaks may in texts long enough to need them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from buf.validate import validate_pb2
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from kamai.type.v1 import vocabulary_pb2

from chassis.errors import Violation

_ORDERS = r"\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffe\uffff"
_IN_A_LINE = re.compile(rf"[\x00-\x1f\x7f-\x9f{_ORDERS}]")
_IN_LINES = re.compile(rf"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{_ORDERS}]|\r(?!\n)")
_HAS_LINES = 500  # characters a free text must be allowed


def violations(message: Message, path: str = "") -> Iterator[Violation]:
    """One for each text with such a character, at any depth."""
    for field, value in message.ListFields():
        here = f"{path}{field.name}"
        if _is_map(field):
            yield from _of_pairs(value.items(), f"{here}[key]", field)
        elif field.is_repeated and field.type in (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_MESSAGE):
            for place, item in enumerate(value):
                yield from _of(item, f"{here}[{place}]", field)
        else:
            yield from _of(value, here, field)


def _of_pairs(pairs: Iterable[tuple[Any, Any]], path: str, field: FieldDescriptor) -> Iterator[Violation]:
    """A key may be anything, so none is echoed."""
    for key, value in pairs:
        yield from _of(key, path, field)
        yield from _of(value, path, field)


def _of(value: Any, path: str, field: FieldDescriptor) -> Iterator[Violation]:
    if isinstance(value, Message):
        yield from violations(value, f"{path}.")
    elif isinstance(value, str) and not value.isprintable() and (found := _pattern(field).search(value)):
        code = f"U+{ord(found[0]):04X}"
        hint = ": it is one line" if found[0] in "\t\r\n" else ""
        yield Violation(path, f"must not hold the character {code}{hint}", "CHARACTER_NOT_ALLOWED")


@cache
def _is_map(field: FieldDescriptor) -> bool:
    return field.message_type is not None and bool(field.message_type.GetOptions().map_entry)


@cache
def _pattern(field: FieldDescriptor) -> re.Pattern[str]:
    options: Any = field.GetOptions()
    free = options.Extensions[vocabulary_pb2.vocabulary] == vocabulary_pb2.VOCABULARY_FREE_TEXT
    return _IN_LINES if free and options.Extensions[validate_pb2.field].string.max_len >= _HAS_LINES else _IN_A_LINE
