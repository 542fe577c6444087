"""Money: whole minor units and an ISO 4217 code. Never float, never another source of exponents than ISO 4217."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Context, Decimal
from functools import cache
from typing import Self

from iso4217 import Currency

from chassis.errors import InvalidFields

# Plain digits only: Decimal itself also reads "1e3", "1_000", other scripts and spaces.
_AMOUNT = re.compile(r"[+-]?[0-9]{1,19}(\.[0-9]{1,20})?")
_EXACT = Context(prec=50)


@cache
def exponent(currency: str) -> int:
    """Number of minor digits by ISO 4217; raises InvalidFields for a code that is none, or has no minor unit (XAU ...)."""
    try:
        digits = Currency(currency).exponent
    except ValueError:
        raise InvalidFields.one("currency", f"{currency!r} is no ISO 4217 currency", "UNKNOWN_CURRENCY") from None
    if digits is None:
        raise InvalidFields.one("currency", f"{currency} has no minor unit", "UNKNOWN_CURRENCY")
    return int(digits)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of a currency. Arithmetic between currencies is a programming error (ValueError)."""

    amount_minor: int
    currency: str

    @classmethod
    def zero(cls, currency: str) -> Self:
        return cls(0, currency)

    @classmethod
    def parse(cls, text: str, currency: str, field: str = "amount") -> Self:
        """From a decimal text such as "1250.50"; raises InvalidFields when it is none or has more digits than the currency."""
        digits = exponent(currency)
        if not _AMOUNT.fullmatch(text):
            raise InvalidFields.one(field, f"{text[:40]!r} is no amount", "INVALID_AMOUNT")
        scaled = Decimal(text).scaleb(digits, _EXACT)
        if scaled != scaled.to_integral_value() or abs(scaled) >= 2**63:
            raise InvalidFields.one(field, f"{text!r} is no amount of {currency}: {digits} decimals at most", "INVALID_AMOUNT")
        return cls(int(scaled), currency)

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"cannot combine {self.currency} with {other.currency}")

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount_minor + other.amount_minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount_minor - other.amount_minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount_minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._same(other)
        return self.amount_minor < other.amount_minor

    def __le__(self, other: Money) -> bool:
        self._same(other)
        return self.amount_minor <= other.amount_minor

    def share_bps(self, basis_points: int) -> Money:
        """That many hundredths of a per cent, rounded half away from zero to the minor unit."""
        return self.times(basis_points, 10_000)

    def times(self, numerator: int, denominator: int = 1) -> Money:
        """self * numerator / denominator, rounded half away from zero to the minor unit; denominator > 0."""
        product = self.amount_minor * numerator
        quotient, rest = divmod(abs(product), denominator)
        quotient += 2 * rest >= denominator
        return Money(quotient if product >= 0 else -quotient, self.currency)

    def decimal(self) -> Decimal:
        return Decimal(self.amount_minor).scaleb(-exponent(self.currency))

    def __str__(self) -> str:
        return f"{self.decimal():.{exponent(self.currency)}f} {self.currency}"
