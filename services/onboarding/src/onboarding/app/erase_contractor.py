"""Destroys every personal value of a contractor, with a proof."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from onboarding.app.authority import require_platform
from onboarding.app.ports import UnitOfWork
from onboarding.domain.contractor import Contractor
from onboarding.domain.erasure import ErasureProof, erase, require_erasable


@dataclass(frozen=True, slots=True)
class EraseContractor:
    """reason: kept in clear with the proof."""

    contractor_id: str
    reason: str


async def erase_contractor(uow: UnitOfWork, retention: timedelta, command: EraseContractor) -> Contractor:
    """Raises PermissionDenied, NotFound, IllegalState, PreconditionFailed with every blocker."""
    require_platform(uow, "erase a contractor")
    contractor = await uow.contractors.lock(command.contractor_id)
    holds = await uow.legal_holds.of(contractor.id)
    require_erasable(contractor, holds, await uow.erasures.over_since(contractor.id), retention, uow.now)
    [erased] = await uow.contractors.save([erase(contractor, uow.now)])
    removed = await uow.erasures.remove([contractor.id])
    await uow.erasures.keep([ErasureProof(contractor.id, uow.now, uow.actor, command.reason, removed)])
    return erased
