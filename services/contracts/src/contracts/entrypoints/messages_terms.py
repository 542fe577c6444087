"""Contract terms between protobuf and the domain."""

from __future__ import annotations

from datetime import date

from chassis.errors import InvalidFields, Unsupported, Violation
from kamai.contracts.v1 import contract_pb2 as pb

from contracts.domain.terms import (
    ContractTerms,
    FixedTerms,
    Kind,
    MilestoneTerms,
    SessionTerms,
    SkillRate,
    TimeTerms,
    TimeUnit,
    UrgencyPremium,
)  # fmt: skip
from contracts.entrypoints import messages


def read_terms(message: pb.ContractTerms) -> ContractTerms:
    """Raises InvalidFields with every day that the calendar does not have, Unsupported for a retainer."""
    days = _Days()
    start = days.read(message.start_date, "terms.start_date")
    end = days.read(message.end_date, "terms.end_date") if message.end_date else None
    kind = _read_kind(message, days)
    days.done()
    return ContractTerms(
        message.title, message.currency, kind, start, end, message.payment_due_days, message.auto_accept_days, message.scope
    )


class _Days:
    """Reads many days and reports all faults at once."""

    def __init__(self) -> None:
        self._faults: list[Violation] = []

    def read(self, text: str, field: str) -> date:
        try:
            return messages.read_day(text, field)
        except InvalidFields as error:
            self._faults += error.violations
            return date.min

    def done(self) -> None:
        if self._faults:
            raise InvalidFields(self._faults)


def _read_kind(message: pb.ContractTerms, days: _Days) -> Kind:
    match message.WhichOneof("kind"):
        case "fixed":
            return _read_fixed(message.fixed, days)
        case "time":
            unit = TimeUnit(pb.TimeUnit.Name(message.time.unit).removeprefix("TIME_UNIT_"))
            rate, budget = messages.read_money(message.time.rate), messages.read_money(message.time.budget)
            return TimeTerms(unit, rate, message.time.weekly_cap_hundredths, budget)
        case "session":
            return _read_session(message.session)
    raise Unsupported("retainers are not offered by this version: agree on fixed, time or session terms")


def _read_fixed(fixed: pb.FixedTerms, days: _Days) -> FixedTerms:
    milestones = []
    for place, m in enumerate(fixed.milestones):
        due = days.read(m.due_date, f"terms.fixed.milestones[{place}].due_date") if m.due_date else None
        milestones.append(MilestoneTerms(m.title, messages.read_money(m.amount), due))
    return FixedTerms(tuple(milestones))


def _read_session(session: pb.SessionTerms) -> SessionTerms:
    return SessionTerms(
        tuple(SkillRate(rate.skill, messages.read_money(rate.hourly_rate)) for rate in session.rates),
        session.minimum_minutes,
        tuple(UrgencyPremium(p.notice_hours, p.premium_bps) for p in session.urgency_premiums),
        session.weekend_premium_bps,
        session.no_show_bps,
        session.late_cancellation_bps,
        session.late_cancellation_hours,
        messages.read_money(session.budget),
        session.time_zone,
    )


def terms(found: ContractTerms) -> pb.ContractTerms:
    message = pb.ContractTerms(
        title=found.title,
        currency=found.currency,
        start_date=found.start_date.isoformat(),
        end_date=found.end_date.isoformat() if found.end_date else "",
        payment_due_days=found.payment_due_days,
        auto_accept_days=found.auto_accept_days,
        scope=found.scope,
    )
    match found.kind:
        case FixedTerms() as fixed:
            message.fixed.CopyFrom(_fixed(fixed))
        case TimeTerms() as time:
            message.time.CopyFrom(_time(time))
        case SessionTerms() as session:
            message.session.CopyFrom(_session(session))
    return message


def _fixed(fixed: FixedTerms) -> pb.FixedTerms:
    return pb.FixedTerms(
        milestones=[
            pb.MilestoneTerms(
                title=m.title, amount=messages.money(m.amount), due_date=m.due_date.isoformat() if m.due_date else ""
            )
            for m in fixed.milestones
        ]
    )


def _time(time: TimeTerms) -> pb.TimeTerms:
    return pb.TimeTerms(
        unit=pb.TimeUnit.Value(f"TIME_UNIT_{time.unit}"),
        rate=messages.money(time.rate),
        weekly_cap_hundredths=time.weekly_cap_hundredths,
        budget=messages.money(time.budget),
    )


def _session(session: SessionTerms) -> pb.SessionTerms:
    return pb.SessionTerms(
        rates=[pb.SkillRate(skill=r.skill, hourly_rate=messages.money(r.hourly_rate)) for r in session.rates],
        minimum_minutes=session.minimum_minutes,
        urgency_premiums=[
            pb.UrgencyPremium(notice_hours=p.notice_hours, premium_bps=p.premium_bps) for p in session.urgency_premiums
        ],
        weekend_premium_bps=session.weekend_premium_bps,
        no_show_bps=session.no_show_bps,
        late_cancellation_bps=session.late_cancellation_bps,
        late_cancellation_hours=session.late_cancellation_hours,
        budget=messages.money(session.budget),
        time_zone=session.time_zone,
    )
