"""A new case in DRAFT."""

from __future__ import annotations

from dataclasses import dataclass

from onboarding.app.assessment import requirements_of
from onboarding.app.marks import marks_of_profile
from onboarding.app.ports import Checks, UnitOfWork
from onboarding.domain import contractor as cases
from onboarding.domain.capabilities import Facts
from onboarding.domain.contractor import Contractor
from onboarding.domain.profile import Profile


@dataclass(frozen=True, slots=True)
class RegisterContractor:
    profile: Profile
    external_id: str = ""


async def register_contractor(uow: UnitOfWork, checks: Checks, command: RegisterContractor) -> Contractor:
    """Raises AlreadyExists when the organisation has used the external id (a constraint of the database)."""
    today = uow.now.date()
    pack = checks.rules.pack(command.profile.country, command.profile.person_type, today)
    requirements = requirements_of(checks, command.profile, False, today)
    facts = Facts(has_payout_method=False, screening=None, unsupported=pack.unsupported)
    changed = cases.register(
        uow.ids.new("contractor"), uow.organisation_id, command.external_id, command.profile, requirements, facts, uow.now
    )
    added = await uow.contractors.add(changed)
    await uow.marks.add(added.id, added.id, marks_of_profile(checks, added.profile))
    return added
