"""Lifts a legal hold."""

from __future__ import annotations

from dataclasses import dataclass, replace

from chassis.errors import IllegalState

from onboarding.app.authority import require_platform
from onboarding.app.ports import UnitOfWork
from onboarding.domain.erasure import LegalHold


@dataclass(frozen=True, slots=True)
class ReleaseLegalHold:
    hold_id: str


async def release_legal_hold(uow: UnitOfWork, command: ReleaseLegalHold) -> LegalHold:
    """Raises PermissionDenied, NotFound, IllegalState."""
    require_platform(uow, "release a legal hold")
    hold = await uow.legal_holds.lock(command.hold_id)
    if hold.released_at is not None:
        raise IllegalState("legal hold", "RELEASED", "release", ())
    released = replace(hold, released_by=uow.actor, released_at=uow.now)
    await uow.legal_holds.save(released)
    return released
