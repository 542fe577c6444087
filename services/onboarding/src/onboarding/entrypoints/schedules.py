"""Work by the clock: cases that wait for their checks, people to look at again after a list changed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from chassis.audit.working import Working
from chassis.db.pool import Connection
from chassis.events.doorbell import Doorbell
from chassis.schedules import Schedule

from onboarding.app.hold_suspected import hold_suspected
from onboarding.app.ports import Checks, UnitOfWork
from onboarding.app.rescreen_everybody import rescreen_everybody
from onboarding.app.screen_submitted import screen_submitted
from onboarding.app.screening_desk import ScreeningDesk
from onboarding.app.suspect_shared import suspect_shared

UseCase = Callable[[UnitOfWork, Checks, ScreeningDesk, int], Awaitable[int]]


@dataclass(frozen=True)
class ScreeningSchedules:
    """batch: people in one transaction."""

    working: Working
    doorbell: Doorbell
    make_uow: Callable[[Connection, str], UnitOfWork]
    checks: Checks
    desk: ScreeningDesk
    batch: int

    def schedules(self, submitted_every_s: float, rescreening_every_s: float) -> list[Schedule]:
        return [
            Schedule("screen-submitted", submitted_every_s, lambda: self._run(screen_submitted, "screen-submitted")),
            Schedule("suspect-shared", rescreening_every_s, lambda: self._run(_deskless(suspect_shared), "suspect-shared")),
            Schedule("hold-suspected", rescreening_every_s, lambda: self._run(_deskless(hold_suspected), "hold-suspected")),
            Schedule("rescreen-everybody", rescreening_every_s, lambda: self._run(rescreen_everybody, "rescreen-everybody")),
        ]

    async def _run(self, use_case: UseCase, name: str) -> bool:
        """One batch in one transaction; whether there may be more."""

        async def work(connection: Connection) -> int:
            return await use_case(self.make_uow(connection, f"system:{name}"), self.checks, self.desk, self.batch)

        done = await self.working.run(name, work)
        if done:
            self.doorbell.ring()
        return done == self.batch


def _deskless(use_case: Callable[[UnitOfWork, Checks, int], Awaitable[int]]) -> UseCase:
    return lambda uow, checks, _desk, limit: use_case(uow, checks, limit)
