"""After a list changed: everybody whose last screening looked at other versions is screened again."""

from __future__ import annotations

from onboarding.app.ports import Checks, UnitOfWork
from onboarding.app.screen_contractors import screen_contractors
from onboarding.app.screening_desk import ScreeningDesk, lists_key


async def rescreen_everybody(uow: UnitOfWork, checks: Checks, desk: ScreeningDesk, limit: int) -> int:
    """Takes up to `limit` people that nobody else holds and returns how many there were."""
    current = await uow.watchlists.current()
    contractors = await uow.contractors.lock_stale(lists_key([*current.values()]), limit)
    await screen_contractors(uow, checks, desk, contractors)
    return len(contractors)
