"""Prices: exact, explained, and the lines always add up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chassis.errors import InvalidFields
from chassis.money import Money
from contracts.domain import pricing
from contracts.domain.pricing import Price, session_price, time_price
from contracts.domain.terms import SessionTerms, SkillRate, TimeTerms, TimeUnit, UrgencyPremium
from hypothesis import given
from hypothesis import strategies as st
from unit.contracts.samples import NOW, SESSION, TIME, usd

BPS = st.integers(0, 50_000)
SHARE = st.integers(0, 10_000)
CURRENCIES = st.sampled_from(["USD", "JPY", "KWD", "PKR"])


@st.composite
def session_terms(draw: Any) -> SessionTerms:
    currency = draw(CURRENCIES)
    premiums = draw(st.lists(st.builds(UrgencyPremium, st.integers(1, 720), st.integers(1, 50_000)), max_size=10))
    return SessionTerms(
        (SkillRate("interview", Money(draw(st.integers(1, 10**9)), currency)),), draw(st.integers(0, 1440)), tuple(premiums),
        draw(BPS), draw(SHARE), draw(SHARE), draw(st.integers(0, 720)), Money(10**12, currency),
        draw(st.sampled_from(["", "Asia/Karachi", "America/New_York", "Pacific/Kiritimati"])),
    )  # fmt: skip


NOTICE = st.integers(-3600 * 24, 3600 * 24 * 40).map(lambda seconds: timedelta(seconds=seconds))


def lines_add_up(price: Price) -> bool:
    return sum(line.amount.amount_minor for line in price.lines) == price.amount.amount_minor


@given(session_terms(), st.integers(1, 1440), NOTICE)
def test_lines_add_up_to_the_price(terms: SessionTerms, minutes: int, notice: timedelta) -> None:
    """Whatever the terms: sum of lines == amount, at least the base, never negative; so do the charges that follow from it."""
    price = session_price(terms, "interview", NOW + notice, minutes, NOW)
    base = terms.rates[0].hourly_rate.times(max(minutes, terms.minimum_minutes), 60)
    assert lines_add_up(price)
    assert base <= price.amount
    for charged in (
        pricing.client_no_show(terms, price),
        pricing.nothing(price, "free"),
        pricing.late_cancellation(terms, price, NOW + notice, NOW),
    ):
        if charged is not None:
            assert lines_add_up(charged)
            assert 0 <= charged.amount.amount_minor <= price.amount.amount_minor


@given(session_terms(), st.integers(1, 1440), NOTICE, NOTICE)
def test_more_notice_never_costs_more(terms: SessionTerms, minutes: int, one: timedelta, other: timedelta) -> None:
    """Without the weekend's premium a session is cheaper, or as dear, the earlier it is asked for... by its highest premium."""
    plain = replace(terms, weekend_premium_bps=0)
    start = NOW + timedelta(days=50)
    late, early = sorted((one, other))
    short = session_price(plain, "interview", start, minutes, start - late)
    long = session_price(plain, "interview", start, minutes, start - early)
    assert long.amount <= short.amount


@given(st.integers(1, 24_00 * 7), st.integers(1, 10**9), CURRENCIES)
def test_a_timesheet_is_units_times_rate(hundredths: int, rate: int, currency: str) -> None:
    """Rounded once, half away from zero: within half a minor unit of the exact product."""
    terms = TimeTerms(TimeUnit.HOUR, Money(rate, currency), 16_800, Money(10**12, currency))
    price = time_price(terms, hundredths)
    assert lines_add_up(price)
    assert abs(price.amount.amount_minor * 100 - rate * hundredths) <= 50


@pytest.mark.parametrize(("notice_h", "premium"), [(23, 2_500), (24, 1_000), (71, 1_000), (72, 0), (100, 0), (-1, 2_500)])
def test_the_highest_premium_whose_notice_was_missed(notice_h: int, premium: int) -> None:
    """Exactly the agreed hours of notice are enough."""
    terms = replace(SESSION, weekend_premium_bps=0)
    price = session_price(terms, "interview", NOW + timedelta(hours=notice_h), 60, NOW)
    assert price.amount == usd(90_00) + usd(90_00).share_bps(premium)


def test_the_weekend_is_that_of_the_time_zone() -> None:
    """Friday 20:00 UTC is Saturday in Karachi; Sunday 19:30 UTC is Monday there."""
    asked = datetime(2026, 11, 1, tzinfo=UTC)
    friday, sunday = datetime(2026, 11, 27, 20, 0, tzinfo=UTC), datetime(2026, 11, 29, 19, 30, tzinfo=UTC)
    assert session_price(SESSION, "interview", friday, 60, asked).amount == usd(108_00)
    assert session_price(SESSION, "interview", sunday, 60, asked).amount == usd(90_00)


def test_texts_name_quantity_rate_and_reason() -> None:
    """What a client reads."""
    assert time_price(TIME, 3_850).lines[0].description == "38.50 hours at 80.00 USD/hour"
    assert pricing._percent(1250) == "12.50 %"


def test_an_unknown_skill_names_the_known() -> None:
    """The caller learns which skills have a rate."""
    with pytest.raises(InvalidFields, match="there are rates for interview"):
        session_price(SESSION, "juggling", NOW, 60, NOW)
