"""What an operator does when the key of the blind index changes: `python -m onboarding rehash-index`."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from chassis.db.database import PLATFORM, Database
from chassis.db.pool import Connection

from onboarding.app.ports import Checks, UnitOfWork
from onboarding.app.rehash_index import drop_outdated, rehash_index

T = TypeVar("T")
_ROWS = 10_000


@dataclass(frozen=True)
class RehashIndex:
    """While the service goes on; killed anywhere, the next run goes on where it was. `batch`: contractors in one transaction."""

    database: Database
    make_uow: Callable[[Connection, str], UnitOfWork]
    checks: Checks
    batch: int = 500

    async def run(self) -> str:
        """Says what it did."""
        done, last = 0, ""
        while found := await self.step(last):
            done, last = done + len(found), found[-1]
            print(f"{done:,} contractors hashed anew", file=sys.stderr, flush=True)
        while await self._transaction(lambda uow: drop_outdated(uow, _ROWS)) == _ROWS:
            pass
        return f"{done:,} contractors hashed anew: the second line of the key file may go once no replica has the older file"

    async def step(self, after: str = "") -> list[str]:
        """One batch behind `after`; whom it hashed, none at the end."""
        return await self._transaction(lambda uow: rehash_index(uow, self.checks, after, self.batch))

    async def _transaction(self, work: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        return await self.database.run(lambda connection: work(self.make_uow(connection, "system:rehash-index")), tenant=PLATFORM)
