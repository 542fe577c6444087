"""Texts that are not in their vocabulary, found before a request is sent. The services have the last word."""

from __future__ import annotations

from collections.abc import Iterator

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message
from kamai.type.v1 import vocabulary_pb2 as pb
from kamai_vocabulary import RULES


def violations(message: Message) -> Iterator[tuple[list[str], str]]:
    """Names of the fields that lead to a code on no list, and what it must be; once for a field. Empty codes are no matter."""
    for field, value in message.ListFields():
        rule = RULES.get(field.GetOptions().Extensions[pb.vocabulary])
        values = value if field.is_repeated else [value]
        if rule and not all(rule.accepts(each) for each in values if each):
            yield [field.name], rule.message
        elif field.message_type is not None and not _is_map(field.message_type):
            for each in values:
                yield from (([field.name, *names], said) for names, said in violations(each))


def _is_map(message: Descriptor) -> bool:
    """No map of the requests has codes in it."""
    return bool(message.GetOptions().map_entry)


def currency_fault(code: str) -> str:
    """What is wrong with a currency's code; "" for one money can be paid in."""
    rule = RULES[pb.VOCABULARY_CURRENCY]
    return "" if rule.accepts(code) else rule.message
