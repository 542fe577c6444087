"""Approves a case: by one person, or for a risky one by two. An undecided or confirmed hit stops it."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.errors import PreconditionFailed

from onboarding.app.assessment import duplicates_by_contractor, facts_from, subjects_of
from onboarding.app.authority import require_platform
from onboarding.app.foreign_account import release
from onboarding.app.ports import Checks, UnitOfWork
from onboarding.app.screening_desk import lists_key
from onboarding.domain import contractor as cases
from onboarding.domain import review as reviews
from onboarding.domain.case_states import CASES
from onboarding.domain.contractor import Changed, Contractor
from onboarding.domain.events import ReviewStateChanged
from onboarding.domain.hits import require_decided, require_other_eyes
from onboarding.domain.review import Review, ReviewKind, ReviewState
from onboarding.domain.screening import ScreeningCase


@dataclass(frozen=True, slots=True)
class ApproveReview:
    review_id: str
    reason: str


async def approve_review(uow: UnitOfWork, checks: Checks, command: ApproveReview) -> Review:
    """APPROVED or PENDING_SECOND, also when somebody came to have the same number or account since the case was looked at: then
    two people decide it from here on. Raises PermissionDenied, NotFound, IllegalState, FourEyes, and PreconditionFailed naming
    every open hit."""
    require_platform(uow, "approve a case")
    contractor = await uow.contractors.lock(await uow.reviews.owner_of(command.review_id))
    review = await _looked_at_again(uow, await uow.reviews.lock(command.review_id))
    decided = reviews.approve(review, uow.actor, command.reason, uow.now)
    if review.kind is ReviewKind.ONBOARDING:
        CASES.next(contractor.state, "approve")
    case = (await uow.screenings.find([contractor.id])).get(contractor.id)
    require_decided(case)
    await _require_up_to_date(uow, contractor, case)
    if decided.state is ReviewState.APPROVED and review.kind is ReviewKind.SCREENING:
        require_other_eyes(case, uow.actor, review.created_at)
    after, happened = await _effect(uow, checks, contractor, decided, case)
    happened.append(ReviewStateChanged(decided.id, decided.state))
    await uow.contractors.save([(after, happened)])
    [saved] = await uow.reviews.save([(review, decided)], "APPROVED", command.reason)
    return saved


async def _looked_at_again(uow: UnitOfWork, review: Review) -> Review:
    """With what others have come to share since it was opened; a first approval from before that does not count."""
    shared = (await duplicates_by_contractor(uow, [review.contractor_id])).get(review.contractor_id, set())
    raised = reviews.raise_risks(review, shared) if review.open else review
    if raised == review:
        return review
    [saved] = await uow.reviews.save([(review, raised)], "SHARED")
    return saved


async def _require_up_to_date(uow: UnitOfWork, contractor: Contractor, case: ScreeningCase | None) -> None:
    """Nobody is approved on the word of lists, names or accounts that have changed since."""
    current = lists_key([*(await uow.watchlists.current()).values()])
    [subject] = await subjects_of(uow, [contractor])
    if case is None or lists_key(case.lists) != current or case.subject_fingerprint != uow.screenings.fingerprint(subject):
        raise PreconditionFailed.one(
            "SCREENING_OUTDATED",
            contractor.id,
            "the lists, or what is screened, changed: it is screened again within seconds: repeat",
        )


async def _effect(
    uow: UnitOfWork, checks: Checks, contractor: Contractor, decided: Review, case: ScreeningCase | None
) -> Changed:
    """What the decision does to the case: nothing before the second approval."""
    if decided.state is not ReviewState.APPROVED:
        return contractor, []
    released = await release(uow, checks, contractor)
    methods = (await uow.payout_methods.current([contractor.id])).get(contractor.id, [])
    facts = facts_from(checks, contractor.profile, methods, case, None, uow.now.date())
    if decided.kind is ReviewKind.ONBOARDING:
        after, happened = cases.approve(contractor, facts, decided.decision_reason, uow.now)
    else:
        after, happened = cases.refresh(contractor, facts)
    return after, [*released, *happened]
