"""Requests are held against the rules in the protos before any use case runs; all violations come back at once."""

from __future__ import annotations

from collections.abc import Iterator

import protovalidate
from google.protobuf.message import Message

from chassis.errors import InvalidFields, Violation
from chassis.rpc import vocabulary

_validator = protovalidate.Validator()


def _path(elements: object) -> str:
    parts: list[str] = []
    for element in elements:  # type: ignore[attr-defined]
        text = element.field_name
        if element.subscript is not None:
            value = element.subscript.value
            text += f"[{value}]" if isinstance(value, int) else "[key]"  # a map's key may be anything: not echoed
        parts.append(text)
    return ".".join(parts)


def _with_nul(message: Message, path: str = "") -> Iterator[str]:
    """Paths of texts that hold U+0000: Postgres cannot store it, and nobody types it."""
    for field, value in message.ListFields():
        here = f"{path}{field.name}"
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            if any("\0" in str(part) for pair in value.items() for part in pair):
                yield f"{here}[key]"
            continue
        for place, item in enumerate(value) if field.is_repeated else [(None, value)]:
            where = here if place is None else f"{here}[{place}]"
            if isinstance(item, Message):
                yield from _with_nul(item, f"{where}.")
            elif isinstance(item, str) and "\0" in item:
                yield where


def _broken_rules(message: Message) -> list[Violation]:
    return [
        Violation(
            _path(v.proto.field.elements) if v.proto.field else "", v.proto.message, v.proto.rule_id.upper().replace(".", "_")
        )
        for v in _validator.collect_violations(message)
    ]


def check(message: Message, raw: bytes = b"\0") -> None:
    """Raises InvalidFields with every violation; `raw`, the bytes it was decoded from, saves the look for U+0000."""
    found = _broken_rules(message)
    if unknown := vocabulary.violations(message):  # says more of a misshapen code than its pattern does
        told = {violation.field for violation in unknown}
        found = [violation for violation in found if violation.field not in told] + unknown
    if b"\0" in raw:
        found += [Violation(path, "must not hold the character U+0000", "STRING_NUL") for path in _with_nul(message)]
    if found:
        raise InvalidFields(found)
