"""Keeps a contractor from being erased."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from onboarding.app.authority import require_platform
from onboarding.app.ports import UnitOfWork
from onboarding.domain.erasure import LegalHold, require_not_erased


@dataclass(frozen=True, slots=True)
class PlaceLegalHold:
    """until: None until it is released."""

    contractor_id: str
    reason: str
    until: datetime | None = None


async def place_legal_hold(uow: UnitOfWork, command: PlaceLegalHold) -> LegalHold:
    """Raises PermissionDenied, NotFound, IllegalState when there is nothing left to keep."""
    require_platform(uow, "place a legal hold")
    contractor = await uow.contractors.lock(command.contractor_id)
    require_not_erased(contractor, "hold")
    hold = LegalHold(uow.ids.new("hold"), contractor.id, command.reason, uow.actor, uow.now, command.until)
    await uow.legal_holds.add(hold)
    return hold
