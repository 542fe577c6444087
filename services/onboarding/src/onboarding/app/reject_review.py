"""Rejects a case under review; a hit on somebody approved before ends in a suspension, an account in another name is dropped."""

from __future__ import annotations

from dataclasses import dataclass

from onboarding.app.assessment import facts_of, screen_again_if_changed
from onboarding.app.authority import require_platform
from onboarding.app.foreign_account import refuse
from onboarding.app.ports import Checks, UnitOfWork
from onboarding.domain import contractor as cases
from onboarding.domain import review as reviews
from onboarding.domain.case_states import CaseState
from onboarding.domain.contractor import Changed, Contractor
from onboarding.domain.events import ReviewStateChanged
from onboarding.domain.review import Review, ReviewKind


@dataclass(frozen=True, slots=True)
class RejectReview:
    review_id: str
    reason: str


async def reject_review(uow: UnitOfWork, checks: Checks, command: RejectReview) -> Review:
    """Raises PermissionDenied, NotFound, IllegalState."""
    require_platform(uow, "reject a case")
    contractor = await uow.contractors.lock(await uow.reviews.owner_of(command.review_id))
    review = await uow.reviews.lock(command.review_id)
    rejected = reviews.reject(review, uow.actor, command.reason, uow.now)
    refused = await refuse(uow, contractor)
    await screen_again_if_changed(uow, contractor)
    after, happened = await _effect(uow, checks, contractor, review, command.reason)
    await uow.contractors.save([(after, [*refused, *happened, ReviewStateChanged(rejected.id, rejected.state)])])
    if review.kind is ReviewKind.ONBOARDING:
        await uow.screenings.unwatch(contractor.id)
    [saved] = await uow.reviews.save([(review, rejected)], "REJECTED", command.reason)
    return saved


async def _effect(uow: UnitOfWork, checks: Checks, contractor: Contractor, review: Review, reason: str) -> Changed:
    facts = await facts_of(uow, checks, contractor.id, contractor.profile)
    if review.kind is ReviewKind.ONBOARDING:
        return cases.reject(contractor, facts, reason)
    about_account = review.kind is ReviewKind.PAYOUT_METHOD and not review.holds_payouts
    if about_account or contractor.state is CaseState.SUSPENDED:
        return contractor, []
    return cases.suspend(contractor, facts, reason)
