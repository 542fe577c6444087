"""Takes a review, so that others see who works on it."""

from __future__ import annotations

from dataclasses import dataclass

from onboarding.app.authority import require_platform
from onboarding.app.ports import UnitOfWork
from onboarding.domain import review as reviews
from onboarding.domain.events import ReviewStateChanged
from onboarding.domain.review import Review


@dataclass(frozen=True, slots=True)
class ClaimReview:
    review_id: str


async def claim_review(uow: UnitOfWork, command: ClaimReview) -> Review:
    """Raises PermissionDenied, NotFound, IllegalState."""
    require_platform(uow, "take a review")
    contractor = await uow.contractors.lock(await uow.reviews.owner_of(command.review_id))
    review = await uow.reviews.lock(command.review_id)
    claimed = reviews.claim(review, uow.actor)
    await uow.contractors.save([(contractor, [ReviewStateChanged(claimed.id, claimed.state)])])
    [saved] = await uow.reviews.save([(review, claimed)], "CLAIMED")
    return saved
