"""A person decides a hit. The last false positive lifts the hold; a true match keeps it."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.errors import NotFound

from onboarding.app.assessment import facts_from
from onboarding.app.authority import require_platform
from onboarding.app.ports import Checks, UnitOfWork
from onboarding.domain import contractor as cases
from onboarding.domain import review as reviews
from onboarding.domain.contractor import Contractor
from onboarding.domain.events import Event, ReviewStateChanged
from onboarding.domain.hits import decide_hit
from onboarding.domain.review import ReviewKind
from onboarding.domain.screening import EntryRef, ScreeningCase, Verdict


@dataclass(frozen=True, slots=True)
class DecideScreeningHit:
    contractor_id: str
    entry: EntryRef
    verdict: Verdict
    reason: str


async def decide_screening_hit(uow: UnitOfWork, checks: Checks, command: DecideScreeningHit) -> ScreeningCase:
    """The screening with the decision. Raises PermissionDenied, NotFound, FourEyes."""
    require_platform(uow, "decide a hit")
    contractor = await uow.contractors.lock(command.contractor_id)
    case = (await uow.screenings.find([contractor.id])).get(contractor.id)
    if case is None:
        raise NotFound("screening", contractor.id)
    remembered = (await uow.screenings.decisions([contractor.id])).get(contractor.id, ())
    decided, decision = decide_hit(case, remembered, command.entry, command.verdict, uow.actor, command.reason, uow.now)
    await uow.screenings.add_decision(decision)
    await uow.screenings.put([decided])
    methods = (await uow.payout_methods.current([contractor.id])).get(contractor.id, [])
    facts = facts_from(checks, contractor.profile, methods, decided, uow.now.date())
    refreshed, happened = cases.refresh(contractor, facts)
    settled = await _settle_review(uow, contractor, decided, command.reason)
    await uow.contractors.save([(refreshed, [cases.screening_event(decided), *happened, *settled])])
    return decided


async def _settle_review(uow: UnitOfWork, contractor: Contractor, case: ScreeningCase, reason: str) -> list[Event]:
    """The review of a hit on somebody approved before ends with its last decision."""
    review = (await uow.reviews.lock_open([contractor.id])).get(contractor.id)
    if review is None or review.kind is not ReviewKind.SCREENING or not case.clears:
        return []
    settled = reviews.settle(review, uow.actor, reason, uow.now)
    await uow.reviews.save([(review, settled)], reason)
    return [ReviewStateChanged(settled.id, settled.state)]
