"""Requests are held against the rules in the protos before any use case runs; all violations come back at once."""

from __future__ import annotations

import protovalidate
from google.protobuf.message import Message

from chassis.errors import InvalidFields, Violation
from chassis.rpc import characters, vocabulary

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


def _broken_rules(message: Message) -> list[Violation]:
    return [
        Violation(
            _path(v.proto.field.elements) if v.proto.field else "", v.proto.message, v.proto.rule_id.upper().replace(".", "_")
        )
        for v in _validator.collect_violations(message)
    ]


def check(message: Message) -> None:
    """Raises InvalidFields with every violation."""
    found = _broken_rules(message)
    if unknown := vocabulary.violations(message):  # says more of a misshapen code than its pattern does
        told = {violation.field for violation in unknown}
        found = [violation for violation in found if violation.field not in told] + unknown
    found += characters.violations(message)
    if found:
        raise InvalidFields(found)
