"""Suspends a live case: payouts are held, work under way goes on accruing."""

from __future__ import annotations

from dataclasses import dataclass

from onboarding.app.assessment import facts_of
from onboarding.app.authority import require_platform
from onboarding.app.ports import Checks, UnitOfWork
from onboarding.domain import contractor as cases
from onboarding.domain.contractor import Contractor


@dataclass(frozen=True, slots=True)
class SuspendContractor:
    contractor_id: str
    reason: str


async def suspend_contractor(uow: UnitOfWork, checks: Checks, command: SuspendContractor) -> Contractor:
    """Raises PermissionDenied, NotFound, IllegalState."""
    require_platform(uow, "suspend a contractor")
    contractor = await uow.contractors.lock(command.contractor_id)
    facts = await facts_of(uow, checks, contractor.id, contractor.profile)
    [saved] = await uow.contractors.save([cases.suspend(contractor, facts, command.reason)])
    return saved
