"""What an organisation's or a contractor's act means for reviews, screenings and indexes is written for the platform."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chassis.db.database import PLATFORM
from chassis.db.pool import Connection

from onboarding.adapters.postgres.rows import Scope

_ACT_FOR = "SELECT set_config('kamai.tenant', $1, true)"


@asynccontextmanager
async def acting_for_platform(connection: Connection, scope: Scope) -> AsyncIterator[None]:
    """Inside, the transaction sees what its caller may not: the caller gets none of it, only its consequence for a case that was
    locked in the caller's own name before. An error ends the transaction, so nothing is set back after one."""
    if scope.tenant == PLATFORM:
        yield
        return
    await connection.execute(_ACT_FOR, PLATFORM)
    yield
    await connection.execute(_ACT_FOR, scope.tenant)
