"""Advisory locks: numbers are made from names, so that two services in one database do not meet."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chassis.db.pool import Connection


def lock_class(name: str) -> int:
    """A signed 32-bit number for the first key of a two-key advisory lock."""
    return zlib.crc32(name.encode()) - 2**31


@asynccontextmanager
async def exclusive(connection: Connection, name: str, number: int = 0) -> AsyncIterator[bool]:
    """Yields whether this session got the lock; never waits. Freed at the end, or by the server if the session dies."""
    got = await connection.fetchval("SELECT pg_try_advisory_lock($1, $2)", lock_class(name), number)
    try:
        yield bool(got)
    finally:
        if got and not connection.is_closed():
            await connection.execute("SELECT pg_advisory_unlock($1, $2)", lock_class(name), number)
