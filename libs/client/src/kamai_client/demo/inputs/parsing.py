"""Amounts and numbers of cells. Each raises a ValueError that says what is wrong with the text."""

from __future__ import annotations

from kamai.type.v1.money_pb2 import Money

from kamai_client import money

_LARGEST = 2**31 - 1  # int32 of the protos
_LARGEST_MINOR = 10**15  # of an amount, as contracts takes it
HARMLESS = Money(amount_minor=1, currency="USD")
"""Stands for an amount that cannot be read, so that the rest of a row can be held against the rules."""


def price(text: str, currency: str) -> Money:
    """An amount greater than zero; of currency "" only its form is checked. Raises ValueError."""
    if money.decimal_of(text) <= 0:
        raise ValueError(f"{text!r} is not greater than zero")
    if not currency:
        return HARMLESS
    found = money.parse(text, currency)
    if found.amount_minor > _LARGEST_MINOR:
        raise ValueError(f"{money.shortened(text)} is too large: at most {money.plain(_LARGEST_MINOR, currency)} {currency}")
    return found


def whole(text: str) -> int:
    """Zero or more; raises ValueError."""
    if not text.isascii() or not text.isdigit():
        raise ValueError(f"{text!r} is not a whole number")
    return _bounded(int(text), text)


def hundredths(text: str) -> int:
    """7.5 is 750; raises ValueError."""
    before, _, after = text.partition(".")
    digits = before + after
    if not digits.isascii() or not digits.isdigit() or len(after) > 2:
        raise ValueError(f"{text!r} is not a number with at most two decimals")
    return _bounded(int(before or "0") * 100 + int(after.ljust(2, "0")), text)


def _bounded(number: int, text: str) -> int:
    if number > _LARGEST:
        raise ValueError(f"{money.shortened(text)} is too large")
    return number
