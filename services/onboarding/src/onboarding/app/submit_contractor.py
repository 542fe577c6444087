"""Hands a case in. What needs no waiting is checked here; screening follows by the clock."""

from __future__ import annotations

from dataclasses import dataclass

from onboarding.app.assessment import facts_of, requirements_of
from onboarding.app.ports import Checks, UnitOfWork
from onboarding.domain import contractor as cases
from onboarding.domain.contractor import Contractor


@dataclass(frozen=True, slots=True)
class SubmitContractor:
    contractor_id: str


async def submit_contractor(uow: UnitOfWork, checks: Checks, command: SubmitContractor) -> Contractor:
    """SUBMITTED, or ACTION_REQUIRED with every defect. Raises NotFound, IllegalState."""
    contractor = await uow.contractors.lock(command.contractor_id)
    facts = await facts_of(uow, checks, contractor.id, contractor.profile)
    requirements = requirements_of(checks, contractor.profile, facts.has_payout_method, uow.now.date())
    [saved] = await uow.contractors.save([cases.submit(contractor, requirements, facts)])
    return saved
