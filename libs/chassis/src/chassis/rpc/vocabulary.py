"""Holds the texts of a request against their vocabularies (option kamai.type.v1.vocabulary)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from kamai.type.v1 import vocabulary_pb2 as pb
from kamai_vocabulary import RULES, Rule

from chassis.errors import Violation


class _Step(NamedTuple):
    """One field to look at. `rule` is None where only the messages in it have something to look at."""

    name: str
    rule: Rule | None
    repeated: bool
    keyed: bool


def violations(message: Message) -> list[Violation]:
    """Texts of `message`, and of what is in it, that are not what they must be. Empty ones are the business of other rules."""
    found: list[Violation] = []
    if _plan(message.DESCRIPTOR):
        _look(message, "", found)
    return found


def _look(message: Message, path: str, found: list[Violation]) -> None:
    for name, rule, repeated, keyed in _plan(message.DESCRIPTOR):
        if keyed or repeated:
            for place, value in _items(getattr(message, name), keyed):
                _look_at(value, rule, f"{path}{name}[{place}]", found)
        elif rule is not None or message.HasField(name):
            _look_at(getattr(message, name), rule, f"{path}{name}", found)


def _look_at(value: Any, rule: Rule | None, path: str, found: list[Violation]) -> None:
    if rule is None:
        _look(value, f"{path}.", found)
    elif value and not rule.accepts(value):
        found.append(Violation(path, rule.message, rule.reason))


def _items(values: Any, keyed: bool) -> Iterable[tuple[object, Any]]:
    """Members with their places. A text that is the key of a map may be anything and is not echoed."""
    if not keyed:
        return enumerate(values)
    return (("key" if isinstance(key, str) else key, value) for key, value in values.items())


@cache
def _plan(message: Descriptor) -> tuple[_Step, ...]:
    """The fields that lead to a code. Most messages have none and cost one look into this table."""
    steps = []
    for field in message.fields:
        inner, keyed = field.message_type, False
        if inner is not None and inner.GetOptions().map_entry:
            inner, keyed = inner.fields_by_name["value"].message_type, True
        rule = _rule(field)
        if rule or (inner is not None and _holds_codes(inner)):
            steps.append(_Step(field.name, rule, field.is_repeated, keyed))
    return tuple(steps)


def _rule(field: FieldDescriptor) -> Rule | None:
    return RULES.get(field.GetOptions().Extensions[pb.vocabulary])


def _holds_codes(message: Descriptor) -> bool:
    """Whether a code is anywhere below; messages may hold themselves."""
    seen: set[Descriptor] = set()
    ahead = [message]
    while ahead:
        one = ahead.pop()
        if one in seen:
            continue
        seen.add(one)
        if any(_rule(field) for field in one.fields):
            return True
        ahead += [field.message_type for field in one.fields if field.message_type is not None]
    return False
