"""Why an obligation is not paid: every blocker with owner and remedy, or the day the money should arrive."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from chassis.ids import encode

from payouts.app import tenancy
from payouts.app.ports import Calendar, UnitOfWork
from payouts.domain.obligations import why
from payouts.domain.obligations.model import Attempt, Obligation
from payouts.domain.obligations.states import NOT_LIVE, AttemptState
from payouts.domain.obligations.why import Explanation
from payouts.domain.runs.states import RunState


@dataclass(frozen=True, slots=True)
class WhyNotPaid:
    obligation: Obligation
    explanation: Explanation


async def why_not_paid(uow: UnitOfWork, obligation_id: UUID | None, invoice_id: UUID | None, calendar: Calendar) -> WhyNotPaid:
    obligation = await uow.obligations.get(obligation_id=obligation_id, invoice_id=invoice_id)
    tenancy.require(uow, obligation.organisation_id, "obligation", encode("obligation", obligation.id))
    attempts = await uow.obligations.attempts(obligation.id)
    latest = attempts[-1] if attempts else None
    ids = {"obligation": encode("obligation", obligation.id), "contractor": encode("contractor", obligation.contractor_id)}
    run_state: RunState | None = None
    changed = False
    if latest is not None:
        ids |= {"attempt": encode("attempt", latest.id), "run": encode("run", latest.run_id)}
        run_state = (await uow.runs.view(latest.run_id)).run.state
        changed = await uow.obligations.method_changed(latest)
        if latest.state in NOT_LIVE:  # what held it then may be cleared by now, and something else have come
            latest = replace(latest, holds=tuple(await uow.obligations.standing_blockers(obligation.id, uow.now)))
    arrives_on = _arrival(uow, latest, calendar) if latest else None
    return WhyNotPaid(obligation, why.explain(obligation, latest, run_state, changed, arrives_on, ids))


def _arrival(uow: UnitOfWork, latest: Attempt, calendar: Calendar) -> date:
    """Banks book on the value date; what is not with the bank yet goes out today at the earliest."""
    with_bank = latest.state in (AttemptState.SUBMITTING, AttemptState.ACCEPTED)
    day = latest.value_date if with_bank else max(latest.value_date, uow.now.date())
    return calendar.next_business_day(latest.currency, day)
