"""Amounts cross the wire exactly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from iso4217 import Currency
from payouts.adapters.iso20022.amounts import format_minor, parse_minor
from payouts.domain.bank_messages import UnreadableBankMessage

CURRENCIES = sorted(each.code for each in Currency if each.exponent is not None)


@given(amount_minor=st.integers(0, 10**13), currency=st.sampled_from(CURRENCIES))
def test_amounts_round_trip(amount_minor: int, currency: str) -> None:
    """What is written is read back to the minor unit, in every currency there is."""
    assert parse_minor(format_minor(amount_minor, currency), currency, "Amt") == amount_minor


@pytest.mark.parametrize(
    ("amount_minor", "currency", "text"),
    [
        (1250, "EUR", "12.50"),
        (1250, "JPY", "1250"),
        (1250, "KWD", "1.250"),
        (1250, "CLF", "0.1250"),
        (5, "USD", "0.05"),
    ],
)
def test_exponents_are_those_of_iso_4217(amount_minor: int, currency: str, text: str) -> None:
    """The decimals written are the currency's own."""
    assert format_minor(amount_minor, currency) == text


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("1.234", "EUR"), ("1.5", "JPY"), ("1.2345", "KWD"), ("-1.00", "EUR"), ("1e3", "EUR"),
        ("１.00", "EUR"),
        ("", "EUR"), ("1,00", "EUR"), (".5", "EUR"), ("1.", "EUR"), ("NaN", "EUR"), ("9" * 19, "EUR"),
        ("1.00", "ZZZ"), ("1.00", ""), ("1.00", "XAU"),
        ("92233720368547758.08", "EUR"), ("999999999999999999", "EUR"),
    ],
)  # fmt: skip
def test_inexact_amounts_are_refused(text: str, currency: str) -> None:
    """Too many decimals, signs, exponents and unknown currencies are refused, not rounded."""
    with pytest.raises(UnreadableBankMessage, match="Amt"):
        parse_minor(text, currency, "Amt")


@given(whole=st.integers(0, 10**12), fraction=st.text("0123456789", max_size=2))
def test_short_fractions_are_padded(whole: int, fraction: str) -> None:
    """12.5 is 12.50: a missing trailing digit is a zero."""
    text = f"{whole}.{fraction}" if fraction else str(whole)
    assert parse_minor(text, "EUR", "Amt") == whole * 100 + int(fraction.ljust(2, "0"))
