"""The rule of each vocabulary."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from kamai.type.v1 import vocabulary_pb2 as pb

from kamai_vocabulary.card_numbers import holds_card_number
from kamai_vocabulary.lists import countries, currencies, time_zones


class Rule(NamedTuple):
    """Whether a text is accepted, and what is said of one that is not."""

    accepts: Callable[[str], bool]
    message: str
    reason: str


RULES: Mapping[int, Rule] = {
    pb.VOCABULARY_COUNTRY: Rule(
        lambda text: text in countries(),
        "must be a country's ISO 3166-1 alpha-2 code in capitals, for example GB (not UK) or PK",
        "COUNTRY_UNKNOWN",
    ),
    pb.VOCABULARY_CURRENCY: Rule(
        lambda text: text in currencies(),
        "must be the ISO 4217 code of a currency in use, in capitals, for example GBP or CNY (not RMB)",
        "CURRENCY_UNKNOWN",
    ),
    pb.VOCABULARY_TIME_ZONE: Rule(
        lambda text: text in time_zones(),
        "must be a name of the IANA time zone database, for example Asia/Karachi (not PKT)",
        "TIME_ZONE_UNKNOWN",
    ),
    pb.VOCABULARY_FREE_TEXT: Rule(
        lambda text: not holds_card_number(text),
        "must not hold the number of a payment card: such numbers are never stored here",
        "CARD_NUMBER",
    ),
}
