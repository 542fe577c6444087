"""What happens by the clock: silence becomes acceptance, invitations run out, signed contracts begin, who was erased stays so.

What is due is selected in batches by one statement; each item then has a transaction of its own, so that one that fails stops no
other, and is tried again by the next run.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from chassis import ids
from chassis.audit.working import Working
from chassis.db.database import PLATFORM, is_unreachable
from chassis.db.pool import Connection
from chassis.erasure_sweep import ErasureSweep
from chassis.events.doorbell import Doorbell
from chassis.events.whole_topic import ReadWhole
from chassis.logging import fault, logger
from chassis.schedules import Schedule

from contracts.app.accept_silently import accept_silently
from contracts.app.erase_again import erase_again, erase_registered
from contracts.app.expire_invitation import expire_invitation
from contracts.app.ports import UnitOfWork
from contracts.app.start_contract import start_contract
from contracts.entrypoints.unit_of_work import MakeUnitOfWork

BATCH = 500
UseCase = Callable[[UnitOfWork, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class DueSelections:
    """Statements that give the next ids: ($1 now, $2 id of the last one given or NULL, $3 limit)."""

    work_to_accept: str
    contracts_to_expire: str
    contracts_to_start: str


class DueRun:
    """One pass over everything that is due."""

    def __init__(
        self, working: Working, doorbell: Doorbell, make: MakeUnitOfWork, name: str, selection: str, prefix: str,
        use_case: UseCase,
    ) -> None:  # fmt: skip
        self._working, self._doorbell, self._make = working, doorbell, make
        self._name, self._selection, self._prefix, self._use_case = name, selection, prefix, use_case

    async def run(self) -> bool:
        due = await self._due(None)
        while due:
            for key in due:
                await self._one(ids.encode(self._prefix, key))
            due = await self._due(due[-1])
        return False

    async def _due(self, last: UUID | None) -> list[UUID]:
        async def select(connection: Connection) -> list[UUID]:
            now = self._make(connection, self._actor).now
            return [row["id"] for row in await connection.fetch(self._selection, now, last, BATCH)]

        return await self._working.database.run(select, tenant=PLATFORM)

    @property
    def _actor(self) -> str:
        return f"system:{self._name}"

    async def _one(self, identifier: str) -> None:
        try:
            await self._working.run(
                self._name, lambda connection: self._use_case(self._make(connection, self._actor), identifier)
            )
            self._doorbell.ring()
        except Exception as error:
            if is_unreachable(error):
                raise
            logger().error("due item failed", schedule=self._name, key=identifier, **fault(error))


def erasures(working: Working, make: MakeUnitOfWork, register: ReadWhole) -> ErasureSweep[UnitOfWork]:
    return ErasureSweep(working, "erasure", make, register, erase_again, erase_registered)


def schedules(working: Working, doorbell: Doorbell, make: MakeUnitOfWork, due: DueSelections, every_s: float) -> list[Schedule]:
    runs = {
        "auto-acceptance": (due.work_to_accept, "work", accept_silently),
        "invitation-expiry": (due.contracts_to_expire, "contract", expire_invitation),
        "contract-start": (due.contracts_to_start, "contract", start_contract),
    }
    return [
        Schedule(name, every_s, DueRun(working, doorbell, make, name, selection, prefix, use_case).run)
        for name, (selection, prefix, use_case) in runs.items()
    ]
