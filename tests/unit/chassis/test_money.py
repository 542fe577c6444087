"""Money: whole minor units, exact in and out, never across currencies."""

from __future__ import annotations

import contextlib
from decimal import Decimal
from fractions import Fraction

import pytest
from chassis.errors import InvalidFields
from chassis.money import Money, exponent
from hypothesis import given
from hypothesis import strategies as st

CURRENCIES = ("USD", "EUR", "PKR", "INR", "JPY", "KWD", "CLP", "BHD", "UYW")
LARGEST = 2**63 - 1
currencies = st.sampled_from(CURRENCIES)
minors = st.integers(-LARGEST, LARGEST)
moneys = st.builds(Money, minors, currencies)


@pytest.mark.parametrize(("currency", "digits"), [("USD", 2), ("JPY", 0), ("KWD", 3), ("UYW", 4), ("CLF", 4), ("PKR", 2)])
def test_exponents_are_those_of_iso_4217(currency: str, digits: int) -> None:
    """The number of minor digits comes from ISO 4217."""
    assert exponent(currency) == digits


@pytest.mark.parametrize("code", ["XAU", "XXX", "usd", "US", "", "USDT", "ZZZ"])
def test_codes_without_minor_units_are_refused(code: str) -> None:
    """Metals, tests and codes that are none are no currency to pay in."""
    with pytest.raises(InvalidFields) as caught:
        exponent(code)
    assert caught.value.violations[0].field == "currency"


@given(moneys)
def test_text_and_back(money: Money) -> None:
    """What is written can be read, to the minor unit."""
    text, _, currency = str(money).partition(" ")
    assert Money.parse(text, currency) == money


@given(currencies, minors, st.integers(0, 5))
def test_zeros_behind_do_not_matter(currency: str, minor: int, zeros: int) -> None:
    """More decimals than the currency has are fine as long as they are zeros."""
    text = str(Money(minor, currency)).split()[0]
    longer = text + ("" if "." in text else ".0") + "0" * zeros
    assert Money.parse(longer, currency).amount_minor == minor


@given(currencies, st.integers(1, 10**6), st.integers(1, 9))
def test_finer_than_the_currency_is_refused(currency: str, minor: int, digit: int) -> None:
    """A fraction of a minor unit is never dropped silently, however small it is."""
    text = str(Money(minor, currency)).split()[0]
    for zeros in (0, 10):
        finer = f"{text}{'' if '.' in text else '.'}{'0' * zeros}{digit}"
        with pytest.raises(InvalidFields):
            Money.parse(finer, currency, "price")


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "abc", "1,000.00", "1_000", "1e3", "1E+2", "1e999999", "0x10", "NaN", "sNaN", "Infinity", "-inf", "--1", "1.",
        ".5", "1.2.3", " 1", "1 ", "1\n", "١٢", "１２", "1.00000000000000000000000000000000001", str(2**63), "9" * 400, "$5",
        "5 USD",
    ],
)  # fmt: skip
def test_what_is_no_amount_is_refused(text: str) -> None:
    """Only plain digits with a point are an amount; the error names the field the caller used."""
    with pytest.raises(InvalidFields) as caught:
        Money.parse(text, "JPY", "lines[3].amount")
    assert caught.value.violations[0].field == "lines[3].amount"
    assert caught.value.violations[0].code == "INVALID_AMOUNT"


@given(st.text())
def test_no_text_breaks_the_parser(text: str) -> None:
    """Any text is either an amount or a clear refusal."""
    with contextlib.suppress(InvalidFields):
        assert Money.parse(text, "USD").amount_minor == Decimal(text) * 100


@given(currencies, st.integers(-(10**15), 10**15), st.integers(0, 10**9), st.integers(1, 10**9))
def test_times_rounds_half_away_from_zero(currency: str, minor: int, numerator: int, denominator: int) -> None:
    """The result is the exact product rounded as a person would round it, on both sides of zero alike."""
    exact = Fraction(minor * numerator, denominator)
    expected = int(abs(exact) + Fraction(1, 2)) * (-1 if exact < 0 else 1)
    assert Money(minor, currency).times(numerator, denominator).amount_minor == expected


@given(currencies, st.integers(-(10**15), 10**15), st.integers(0, 10_000))
def test_shares_differ_by_less_than_a_unit(currency: str, minor: int, basis_points: int) -> None:
    """A share and its rest, each rounded, add up to within one minor unit of the whole."""
    whole = Money(minor, currency)
    both = whole.share_bps(basis_points) + whole.share_bps(10_000 - basis_points)
    assert abs(both.amount_minor - minor) <= 1
    assert (-whole).share_bps(basis_points) == -whole.share_bps(basis_points)


@given(minors, minors, currencies)
def test_arithmetic(first: int, second: int, currency: str) -> None:
    """Sums, differences and comparisons are those of the minor units."""
    a, b = Money(first, currency), Money(second, currency)
    assert (a + b) - b == a
    assert (a < b, a <= b) == (first < second, first <= second)
    assert a + Money.zero(currency) == a
    assert a + (-a) == Money.zero(currency)


def test_currencies_do_not_mix() -> None:
    """Every operation of two currencies is a programming error, not a number."""
    dollars, euros = Money(1, "USD"), Money(1, "EUR")
    for operation in (dollars.__add__, dollars.__sub__, dollars.__lt__, dollars.__le__):
        with pytest.raises(ValueError, match="USD with EUR"):
            operation(euros)
    assert dollars != euros
