"""Cases that were handed in: screened, then put before the reviewers."""

from __future__ import annotations

from onboarding.app.ports import Checks, UnitOfWork
from onboarding.app.screen_contractors import screen_contractors
from onboarding.app.screening_desk import ScreeningDesk


async def screen_submitted(uow: UnitOfWork, checks: Checks, desk: ScreeningDesk, limit: int) -> int:
    """Takes up to `limit` cases that nobody else holds and returns how many there were."""
    contractors = await uow.contractors.lock_submitted(limit)
    await screen_contractors(uow, checks, desk, contractors)
    return len(contractors)
