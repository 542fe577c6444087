"""Codes that must be on a list others keep, and free text without card numbers, by the option kamai.type.v1.vocabulary, before a
request is sent.

The services hold them against the same lists, of the same libraries, and have the last word.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import iso4217
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message
from kamai.type.v1 import vocabulary_pb2 as pb

from kamai_client.card_numbers import holds_card_number

_MESSAGES = {
    pb.VOCABULARY_COUNTRY: "must be a country's ISO 3166-1 alpha-2 code in capitals, for example GB (not UK) or PK",
    pb.VOCABULARY_CURRENCY: "must be the ISO 4217 code of a currency in use, in capitals, for example GBP or CNY (not RMB)",
    pb.VOCABULARY_TIME_ZONE: "must be a name of the IANA time zone database, for example Asia/Karachi (not PKT)",
    pb.VOCABULARY_FREE_TEXT: "must not hold the number of a payment card: such numbers are never stored here",
}


class _FreeText:
    """All texts but those with a card number."""

    def __contains__(self, text: str) -> bool:
        return not holds_card_number(text)


def violations(message: Message) -> Iterator[tuple[list[str], str]]:
    """Names of the fields that lead to a code on no list, and what it must be; once for a field. Empty codes are no matter."""
    for field, value in message.ListFields():
        vocabulary = field.GetOptions().Extensions[pb.vocabulary]
        values = value if field.is_repeated else [value]
        if vocabulary and not all(each in _known(vocabulary) for each in values if each):
            yield [field.name], _MESSAGES[vocabulary]
        elif field.message_type is not None and not _is_map(field.message_type):
            for each in values:
                yield from (([field.name, *names], said) for names, said in violations(each))


def _is_map(message: Descriptor) -> bool:
    """No map of the requests has codes in it."""
    return bool(message.GetOptions().map_entry)


def currency_fault(code: str) -> str:
    """What is wrong with a currency's code; "" for one money can be paid in."""
    return "" if code in _known(pb.VOCABULARY_CURRENCY) else _MESSAGES[pb.VOCABULARY_CURRENCY]


@cache
def _known(vocabulary: Any) -> frozenset[str] | _FreeText:
    if vocabulary == pb.VOCABULARY_FREE_TEXT:
        return _FreeText()
    if vocabulary == pb.VOCABULARY_COUNTRY:
        table = files("tzdata.zoneinfo").joinpath("iso3166.tab").read_text(encoding="utf-8")
        return frozenset(line[:2] for line in table.splitlines() if line and not line.startswith("#")) | {"XK"}
    if vocabulary == pb.VOCABULARY_TIME_ZONE:
        return frozenset(files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()) - {"Factory"}
    entries = iso4217.raw_xml.iterfind(".//CcyNtry")
    funds = {entry.findtext("Ccy") for entry in entries if entry.find("CcyNm[@IsFund]") is not None}
    return frozenset(currency.code for currency in iso4217.Currency if currency.exponent is not None) - funds
