"""A person decides a hit. After the last false positive another person's approval lifts the hold; a true match keeps it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from chassis.errors import NotFound

from onboarding.app.assessment import facts_from
from onboarding.app.authority import require_platform
from onboarding.app.ports import Checks, UnitOfWork
from onboarding.domain import contractor as cases
from onboarding.domain import review as reviews
from onboarding.domain.events import Event, ReviewStateChanged
from onboarding.domain.hits import Ruling, decide_hit, risk_of
from onboarding.domain.review import Review, ReviewKind
from onboarding.domain.screening import ScreeningCase


@dataclass(frozen=True, slots=True)
class DecideScreeningHit:
    contractor_id: str
    ruling: Ruling


async def decide_screening_hit(uow: UnitOfWork, checks: Checks, command: DecideScreeningHit) -> ScreeningCase:
    """The screening with the decision. Raises PermissionDenied, NotFound, StaleEtag, FourEyes."""
    require_platform(uow, "decide a hit")
    contractor = await uow.contractors.lock(command.contractor_id)
    case = (await uow.screenings.find([contractor.id])).get(contractor.id)
    if case is None:
        raise NotFound("screening", contractor.id)
    remembered = (await uow.screenings.decisions([contractor.id])).get(contractor.id, ())
    decided, decision = decide_hit(case, remembered, command.ruling, uow.actor, uow.now)
    await uow.screenings.add_decision(decision)
    await uow.screenings.put([decided])
    review = (await uow.reviews.lock_open([contractor.id])).get(contractor.id)
    if review is None and cases.was_approved(contractor) and decided.clears and not case.clears:
        review = reviews.open_review(uow.ids.new("review"), contractor.id, ReviewKind.SCREENING, risk_of(case), uow.now)
        await uow.reviews.add([review])
        review = replace(review, version=1)
    judged, told = await _judge(uow, review, decided, command.ruling.reason)
    methods = (await uow.payout_methods.current([contractor.id])).get(contractor.id, [])
    facts = facts_from(checks, contractor.profile, methods, decided, judged, uow.now.date())
    refreshed, happened = cases.refresh(contractor, facts)
    await uow.contractors.save([(refreshed, [cases.screening_event(decided), *happened, *told])])
    return decided


async def _judge(uow: UnitOfWork, review: Review | None, case: ScreeningCase, reason: str) -> tuple[Review | None, list[Event]]:
    """What the decision means for the open review: the last one is a first approval, a true match undoes one."""
    if review is None:
        return None, []
    judged = reviews.settle(review, uow.actor, reason) if case.clears else reviews.raise_risks(review, risk_of(case))
    if judged == review:
        return review, []
    await uow.reviews.save([(review, judged)], "HIT_DECIDED", reason)
    return judged, [ReviewStateChanged(judged.id, judged.state)] if judged.state is not review.state else []
