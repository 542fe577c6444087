"""Amounts as people write them, to and from whole minor units (exponents of ISO 4217)."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache

from iso4217 import Currency
from kamai.type.v1.money_pb2 import Money

_LARGEST = 2**63
_SHOWN = 30
_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")


@cache
def exponent(currency: str) -> int:
    """Number of minor digits; raises ValueError for a code that is none or has no minor unit."""
    try:
        digits = Currency(currency).exponent
    except ValueError:
        raise ValueError(f"{currency!r} is not an ISO 4217 currency") from None
    if digits is None:
        raise ValueError(f"{currency} has no minor unit")
    return int(digits)


def decimal_of(text: str) -> Decimal:
    """Of an amount whose currency may be unknown; raises ValueError. No 1e3, no 1_000: nobody writes money so."""
    if _DECIMAL.fullmatch(text) is None:
        raise ValueError(f"{text!r} is not an amount: write it as 1250.50")
    return Decimal(text)


def parse(text: str, currency: str) -> Money:
    """From a decimal text such as "1250.50"; raises ValueError when it is none or has more digits than the currency."""
    digits = exponent(currency)
    scaled = decimal_of(text).scaleb(digits)
    if abs(scaled) >= _LARGEST:
        raise ValueError(f"{shortened(text)} is too large")
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{text!r} is not an amount of {currency}, which has {digits} decimals")
    return Money(amount_minor=int(scaled), currency=currency)


def shortened(text: str) -> str:
    """Quoted; of a long text the beginning."""
    return repr(text) if len(text) <= _SHOWN else f"{text[:_SHOWN]!r}..."


def parse_with_currency(text: str) -> Money:
    """From "1250.50 USD"; raises ValueError."""
    amount, _, currency = text.strip().rpartition(" ")
    if not amount:
        raise ValueError(f"{text!r} is not an amount: write it as '1250.50 USD'")
    return parse(amount, currency.upper())


def plain(amount_minor: int, currency: str) -> str:
    """ "1,250.50" of 125050 USD."""
    digits = exponent(currency)
    return f"{Decimal(amount_minor).scaleb(-digits):,.{digits}f}"


def show(money: Money) -> str:
    """ "1,250.50 USD"; "" for an unset one."""
    return f"{plain(money.amount_minor, money.currency)} {money.currency}" if money.currency else ""
