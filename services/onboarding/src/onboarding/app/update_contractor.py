"""A change of the profile while the case is DRAFT or ACTION_REQUIRED."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from chassis.errors import StaleEtag

from onboarding.app.assessment import requirements_of
from onboarding.app.marks import marks_of_profile
from onboarding.app.ports import Checks, UnitOfWork
from onboarding.domain import contractor as cases
from onboarding.domain.contractor import Contractor


@dataclass(frozen=True, slots=True)
class UpdateContractor:
    """changes: new values by field of `Profile`."""

    contractor_id: str
    etag: str
    changes: Mapping[str, Any]


async def update_contractor(uow: UnitOfWork, checks: Checks, command: UpdateContractor) -> Contractor:
    """Raises NotFound, IllegalState, StaleEtag."""
    contractor = await uow.contractors.lock(command.contractor_id)
    cases.require_editable(contractor)
    if command.etag != str(contractor.version):
        raise StaleEtag("the contractor was changed since it was read: read it again and repeat the change")
    profile = replace(contractor.profile, **command.changes)
    methods = await uow.payout_methods.current([contractor.id])
    has_method = any(method.payable for method in methods.get(contractor.id, []))
    requirements = requirements_of(checks, profile, has_method, uow.now.date())
    changed = cases.update(contractor, profile, tuple(sorted(command.changes)), requirements)
    [saved] = await uow.contractors.save([changed])
    await uow.contractors.save_profile(saved)
    await uow.marks.replace(saved.id, saved.id, marks_of_profile(checks, saved.profile))
    return saved
