"""What texts of requests must be (option kamai.type.v1.vocabulary): codes on a list others keep (countries, currencies, time
zones), and free text without the number of a payment card.

The lists come with the pinned libraries, not with the machine, so that all replicas agree.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import iso4217
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from kamai.type.v1 import vocabulary_pb2 as pb

from chassis.errors import Violation
from chassis.rpc.card_numbers import holds_card_number


def countries() -> frozenset[str]:
    """ISO 3166-1 alpha-2 by IANA's table, and XK: no ISO code, but what SWIFT and the IBAN register have for Kosovo."""
    table = files("tzdata.zoneinfo").joinpath("iso3166.tab").read_text(encoding="utf-8")
    return frozenset({line[:2] for line in table.splitlines() if line and not line.startswith("#")} | {"XK"})


def currencies() -> frozenset[str]:
    """What money can be paid in: in force by ISO 4217, with minor units (gold and test codes have none), no unit of a fund."""
    entries = iso4217.raw_xml.iterfind(".//CcyNtry")
    funds = {entry.findtext("Ccy") for entry in entries if entry.find("CcyNm[@IsFund]") is not None}
    return frozenset(currency.code for currency in iso4217.Currency if currency.exponent is not None) - funds


def time_zones() -> frozenset[str]:
    """Names of the IANA database; `Factory` is its way to say that none was set."""
    return frozenset(files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()) - {"Factory"}


class _FreeText:
    """All texts but those with a card number."""

    def __contains__(self, text: str) -> bool:
        return not holds_card_number(text)


class _Rule(NamedTuple):
    known: frozenset[str] | _FreeText
    message: str
    reason: str


_RULES = {
    pb.VOCABULARY_COUNTRY: _Rule(
        countries(), "must be a country's ISO 3166-1 alpha-2 code in capitals, for example GB (not UK) or PK", "COUNTRY_UNKNOWN"
    ),
    pb.VOCABULARY_CURRENCY: _Rule(
        currencies(),
        "must be the ISO 4217 code of a currency in use, in capitals, for example GBP or CNY (not RMB)",
        "CURRENCY_UNKNOWN",
    ),
    pb.VOCABULARY_TIME_ZONE: _Rule(
        time_zones(), "must be a name of the IANA time zone database, for example Asia/Karachi (not PKT)", "TIME_ZONE_UNKNOWN"
    ),
    pb.VOCABULARY_FREE_TEXT: _Rule(
        _FreeText(), "must not hold the number of a payment card: such numbers are never stored here", "CARD_NUMBER"
    ),
}


class _Step(NamedTuple):
    """One field to look at. `rule` is None where only the messages in it have something to look at."""

    name: str
    rule: _Rule | None
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


def _look_at(value: Any, rule: _Rule | None, path: str, found: list[Violation]) -> None:
    if rule is None:
        _look(value, f"{path}.", found)
    elif value and value not in rule.known:
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


def _rule(field: FieldDescriptor) -> _Rule | None:
    return _RULES.get(field.GetOptions().Extensions[pb.vocabulary])


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
