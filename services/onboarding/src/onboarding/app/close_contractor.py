"""Closes a case for good; a review that is open is rejected with it."""

from __future__ import annotations

from dataclasses import dataclass

from onboarding.app.assessment import facts_of
from onboarding.app.authority import refuse_organisations
from onboarding.app.ports import Checks, UnitOfWork
from onboarding.domain import contractor as cases
from onboarding.domain import review as reviews
from onboarding.domain.contractor import Contractor
from onboarding.domain.events import ReviewStateChanged


@dataclass(frozen=True, slots=True)
class CloseContractor:
    contractor_id: str
    reason: str


async def close_contractor(uow: UnitOfWork, checks: Checks, command: CloseContractor) -> Contractor:
    """Raises PermissionDenied, NotFound, IllegalState."""
    refuse_organisations(uow, "close a case")
    contractor = await uow.contractors.lock(command.contractor_id)
    facts = await facts_of(uow, checks, contractor.id, contractor.profile)
    closed, happened = cases.close(contractor, facts, command.reason)
    review = (await uow.reviews.lock_open([contractor.id])).get(contractor.id)
    if review:
        rejected = reviews.reject(review, uow.actor, command.reason, uow.now)
        await uow.reviews.save([(review, rejected)], "CASE_CLOSED", command.reason)
        happened.append(ReviewStateChanged(rejected.id, rejected.state))
    [saved] = await uow.contractors.save([(closed, happened)])
    await uow.screenings.unwatch(contractor.id)
    return saved
