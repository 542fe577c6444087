"""Why an obligation is not paid: every blocker with owner and remedy, or the day the money should arrive."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from chassis.ids import encode

from payouts.app.obligations.find_obligation import find_obligation
from payouts.app.ports import Calendar, UnitOfWork
from payouts.domain.obligations import why
from payouts.domain.obligations.model import Attempt, Obligation
from payouts.domain.obligations.states import AT_BANK, ObligationState
from payouts.domain.obligations.why import Circumstances, Explanation, Sent

_TO_PLAN = (ObligationState.OPEN, ObligationState.SHORT_PAID)


@dataclass(frozen=True, slots=True)
class WhyNotPaid:
    obligation: Obligation
    explanation: Explanation


async def why_not_paid(uow: UnitOfWork, obligation_id: UUID | None, invoice_id: UUID | None, calendar: Calendar) -> WhyNotPaid:
    obligation = await find_obligation(uow, obligation_id, invoice_id)
    attempts = await uow.obligations.attempts(obligation.id)
    latest = attempts[-1] if attempts else None
    circumstances = await _circumstances(uow, obligation, latest, calendar)
    return WhyNotPaid(obligation, why.explain(obligation, latest, circumstances))


async def _circumstances(uow: UnitOfWork, obligation: Obligation, latest: Attempt | None, calendar: Calendar) -> Circumstances:
    """What held an earlier try may be cleared by now, and something else have come: what stands now is looked up."""
    ids = {"obligation": encode("obligation", obligation.id), "contractor": encode("contractor", obligation.contractor_id)}
    to_plan = obligation.state in _TO_PLAN
    standing = tuple(await uow.obligations.standing_blockers(obligation.id, uow.now)) if to_plan else ()
    today = uow.now.date()
    if latest is None:
        return Circumstances(standing, None, False, None, None, today, ids)
    ids |= {
        "attempt": encode("attempt", latest.id),
        "run": encode("run", latest.run_id),
        "funding": encode("funding", latest.funding_account_id),
    }
    run_state = await uow.runs.state(latest.run_id)
    changed = await uow.obligations.method_changed(latest)
    sent = await uow.obligations.sent(latest) if latest.state in AT_BANK else None
    return Circumstances(standing, run_state, changed, sent, _arrival(latest, sent, today, calendar), today, ids)


def _arrival(latest: Attempt, sent: Sent | None, today: date, calendar: Calendar) -> date:
    """Banks book on the value date, or on the day of the file if that is later; what is not written yet goes out today at the
    earliest."""
    return calendar.next_business_day(latest.currency, max(latest.value_date, sent.written_on if sent else today))
