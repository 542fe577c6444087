"""Sends a case back to the contractor with a request."""

from __future__ import annotations

from dataclasses import dataclass

from onboarding.app.assessment import facts_of
from onboarding.app.authority import require_platform
from onboarding.app.ports import Checks, UnitOfWork
from onboarding.domain import contractor as cases
from onboarding.domain import review as reviews
from onboarding.domain.events import ReviewStateChanged
from onboarding.domain.review import Review


@dataclass(frozen=True, slots=True)
class RequestInformation:
    """message: shown to the contractor."""

    review_id: str
    message: str


async def request_information(uow: UnitOfWork, checks: Checks, command: RequestInformation) -> Review:
    """Raises PermissionDenied, NotFound, IllegalState."""
    require_platform(uow, "send a case back")
    contractor = await uow.contractors.lock(await uow.reviews.owner_of(command.review_id))
    review = await uow.reviews.lock(command.review_id)
    sent_back = reviews.request_information(review, uow.actor, command.message, uow.now)
    facts = await facts_of(uow, checks, contractor.id, contractor.profile)
    after, happened = cases.request_information(contractor, facts, command.message)
    await uow.contractors.save([(after, [*happened, ReviewStateChanged(sent_back.id, sent_back.state)])])
    [saved] = await uow.reviews.save([(review, sent_back)], "INFORMATION_REQUESTED", command.message)
    return saved
