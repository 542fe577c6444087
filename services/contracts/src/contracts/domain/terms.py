"""What a contract agrees on, by kind, and the rules its terms keep."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeAlias
from zoneinfo import ZoneInfo

from chassis.errors import InvalidFields, Violation
from chassis.money import Money, exponent

from contracts.domain.limits import MAX_AMOUNT_MINOR

DEFAULT_ACCEPTANCE_DAYS = 14


class TimeUnit(StrEnum):
    HOUR = "HOUR"
    DAY = "DAY"


@dataclass(frozen=True, slots=True)
class MilestoneTerms:
    title: str
    amount: Money
    due_date: date | None = None


@dataclass(frozen=True, slots=True)
class FixedTerms:
    milestones: tuple[MilestoneTerms, ...]


@dataclass(frozen=True, slots=True)
class TimeTerms:
    """`weekly_cap_hundredths`: hundredths of a unit."""

    unit: TimeUnit
    rate: Money
    weekly_cap_hundredths: int
    budget: Money


@dataclass(frozen=True, slots=True)
class UrgencyPremium:
    notice_hours: int
    premium_bps: int


@dataclass(frozen=True, slots=True)
class SkillRate:
    skill: str
    hourly_rate: Money


@dataclass(frozen=True, slots=True)
class SessionTerms:
    rates: tuple[SkillRate, ...]
    minimum_minutes: int
    urgency_premiums: tuple[UrgencyPremium, ...]
    weekend_premium_bps: int
    no_show_bps: int
    late_cancellation_bps: int
    late_cancellation_hours: int
    budget: Money
    time_zone: str = ""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone or "UTC")


Kind: TypeAlias = FixedTerms | TimeTerms | SessionTerms


@dataclass(frozen=True, slots=True)
class ContractTerms:
    """`auto_accept_days` as agreed: 0 stands for the default; `acceptance` is what holds."""

    title: str
    currency: str
    kind: Kind
    start_date: date
    end_date: date | None
    payment_due_days: int
    auto_accept_days: int
    scope: str

    @property
    def total(self) -> Money:
        """Most it can cost."""
        if isinstance(self.kind, FixedTerms):
            return Money(sum(m.amount.amount_minor for m in self.kind.milestones), self.currency)
        return self.kind.budget

    @property
    def acceptance(self) -> timedelta:
        """How long silence after a submission lasts before it counts as acceptance."""
        return timedelta(days=self.auto_accept_days or DEFAULT_ACCEPTANCE_DAYS)

    def covers(self, day: date) -> bool:
        return self.start_date <= day and (self.end_date is None or day <= self.end_date)


def check(terms: ContractTerms) -> None:
    """Raises InvalidFields with every rule the terms break; fields as in the request (`terms...`)."""
    exponent(terms.currency)
    found = [violation for path, money in _amounts(terms.kind) for violation in _amount(path, money, terms.currency)]
    if terms.end_date and terms.end_date < terms.start_date:
        found.append(Violation("terms.end_date", "is before start_date", "OUT_OF_RANGE"))
    if isinstance(terms.kind, SessionTerms):
        found += _session(terms.kind)
    if found:
        raise InvalidFields(found)


def _amounts(kind: Kind) -> list[tuple[str, Money]]:
    if isinstance(kind, FixedTerms):
        return [(f"terms.fixed.milestones[{place}].amount", m.amount) for place, m in enumerate(kind.milestones)]
    if isinstance(kind, TimeTerms):
        return [("terms.time.rate", kind.rate), ("terms.time.budget", kind.budget)]
    rates = [(f"terms.session.rates[{place}].hourly_rate", rate.hourly_rate) for place, rate in enumerate(kind.rates)]
    return [*rates, ("terms.session.budget", kind.budget)]


def _amount(path: str, money: Money, currency: str) -> list[Violation]:
    found = []
    if money.currency != currency:
        found.append(Violation(f"{path}.currency", f"must be {currency}, the currency of the contract", "CURRENCY_MISMATCH"))
    if not 0 < money.amount_minor <= MAX_AMOUNT_MINOR:
        found.append(Violation(f"{path}.amount_minor", f"must be from 1 to {MAX_AMOUNT_MINOR}", "OUT_OF_RANGE"))
    return found


def _session(kind: SessionTerms) -> list[Violation]:
    found = []
    seen: set[str] = set()
    for place, rate in enumerate(kind.rates):
        if rate.skill in seen:
            found.append(Violation(f"terms.session.rates[{place}].skill", "has a rate already", "DUPLICATE"))
        seen.add(rate.skill)
    try:
        kind.zone  # noqa: B018  # looking it up is the check
    except (KeyError, ValueError, OSError):
        found.append(Violation("terms.session.time_zone", "is no IANA time zone, for example Asia/Karachi", "UNKNOWN_TIME_ZONE"))
    return found
