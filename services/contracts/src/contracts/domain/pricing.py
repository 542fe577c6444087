"""The price of a session or a timesheet, explained line by line: the sum of the lines is the price. Whole minor units only.

Every line is rounded half away from zero on its own, so the lines always add up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.errors import InvalidFields
from chassis.money import Money

from contracts.domain.terms import SessionTerms, TimeTerms

SATURDAY = 5
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One step of the computation; negative for a reduction."""

    description: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Price:
    amount: Money
    lines: tuple[PriceLine, ...]


def _price(lines: list[PriceLine], currency: str) -> Price:
    return Price(sum((line.amount for line in lines), Money.zero(currency)), tuple(lines))


def session_price(terms: SessionTerms, skill: str, start: datetime, minutes: int, requested_at: datetime) -> Price:
    """Base by the minute, then the premiums for short notice and weekends, each on the base.

    Raises InvalidFields for a skill without a rate.
    """
    rate = _rate(terms, skill)
    base = rate.times(max(minutes, terms.minimum_minutes), 60)
    lines = [PriceLine(f"{minutes} min {skill} at {rate}/h", rate.times(minutes, 60))]
    if minutes < terms.minimum_minutes:
        lines.append(PriceLine(f"minimum of {terms.minimum_minutes} min", base - lines[0].amount))
    if premium := _urgency(terms, base, start - requested_at):
        lines.append(premium)
    if terms.weekend_premium_bps and start.astimezone(terms.zone).weekday() >= SATURDAY:
        text = f"weekend premium {_percent(terms.weekend_premium_bps)} ({start.astimezone(terms.zone):%A} in {terms.zone.key})"
        lines.append(PriceLine(text, base.share_bps(terms.weekend_premium_bps)))
    return _price(lines, base.currency)


def _rate(terms: SessionTerms, skill: str) -> Money:
    for rate in terms.rates:
        if rate.skill == skill:
            return rate.hourly_rate
    known = ", ".join(rate.skill for rate in terms.rates)
    raise InvalidFields.one("skill", f"has no rate in this contract; there are rates for {known}", "UNKNOWN_SKILL")


def _urgency(terms: SessionTerms, base: Money, notice: timedelta) -> PriceLine | None:
    """The highest of the premiums whose notice was not kept."""
    due = [premium for premium in terms.urgency_premiums if notice < premium.notice_hours * _HOUR]
    if not due:
        return None
    highest = max(due, key=lambda premium: (premium.premium_bps, -premium.notice_hours))
    text = f"urgency premium {_percent(highest.premium_bps)} (notice {_hours(notice)} h < {highest.notice_hours} h)"
    return PriceLine(text, base.share_bps(highest.premium_bps))


def late_cancellation(terms: SessionTerms, agreed: Price, start: datetime, cancelled_at: datetime) -> Price | None:
    """What a client owes who cancels less than the agreed hours before the start; None when it cancels in time."""
    notice = start - cancelled_at
    if notice >= terms.late_cancellation_hours * _HOUR:
        return None
    share = _percent(terms.late_cancellation_bps)
    text = f"cancelled late: {share} is charged (notice {_hours(notice)} h < {terms.late_cancellation_hours} h)"
    return _share(agreed, terms.late_cancellation_bps, text)


def client_no_show(terms: SessionTerms, agreed: Price) -> Price:
    """What a client owes who did not appear."""
    return _share(agreed, terms.no_show_bps, f"client did not appear: {_percent(terms.no_show_bps)} is charged")


def nothing(agreed: Price, reason: str) -> Price:
    """The price taken back in full."""
    return _share(agreed, 0, reason)


def _share(agreed: Price, basis_points: int, text: str) -> Price:
    charged = agreed.amount.share_bps(basis_points)
    return Price(charged, (*agreed.lines, PriceLine(text, charged - agreed.amount)))


def time_price(terms: TimeTerms, units_hundredths: int) -> Price:
    """Units times rate, rounded once for the whole week."""
    text = f"{units_hundredths // 100}.{units_hundredths % 100:02d} {terms.unit.lower()}s at {terms.rate}/{terms.unit.lower()}"
    return _price([PriceLine(text, terms.rate.times(units_hundredths, 100))], terms.rate.currency)


def _percent(basis_points: int) -> str:
    whole, rest = divmod(basis_points, 100)
    return f"{whole} %" if not rest else f"{whole}.{rest:02d} %"


def _hours(notice: timedelta) -> int:
    return max(0, notice // _HOUR)
