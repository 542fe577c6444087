"""Value dates fall on days on which banks settle the currency."""

from datetime import date

import pytest
from payouts.adapters.business_days import BusinessDays


@pytest.mark.parametrize(
    ("currency", "day", "expected"),
    [
        ("EUR", date(2026, 11, 23), date(2026, 11, 23)),
        ("EUR", date(2026, 11, 22), date(2026, 11, 23)),
        ("EUR", date(2026, 12, 25), date(2026, 12, 28)),
        ("USD", date(2026, 11, 26), date(2026, 11, 27)),
        ("GBP", date(2026, 12, 28), date(2026, 12, 29)),
        ("XTS", date(2026, 12, 25), date(2026, 12, 25)),
    ],
)
def test_next_business_day(currency: str, day: date, expected: date) -> None:
    """The day itself, or the next one that is neither weekend nor holiday there."""
    assert BusinessDays().next_business_day(currency, day) == expected


def test_two_working_days() -> None:
    """Over a weekend two working days are four days."""
    assert BusinessDays().add_business_days("EUR", date(2026, 11, 26), 2) == date(2026, 11, 30)
