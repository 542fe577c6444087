"""Which relay publishes which of the 64 shards: session advisory locks on a connection of their own.

A killed relay frees its shards at once, since its session ends. A stopped or cut-off one loses them within 10 s: the server ends
a session that has been idle longer (idle_session_timeout), and a live relay is never idle that long.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Callable
from typing import Any

import asyncpg

from chassis import metrics
from chassis.db.locks import lock_class
from chassis.db.pool import FAULTS, connect
from chassis.logging import fault, logger
from chassis.secret_files import Secret

SHARDS = 64
_MEMBER = 1000  # second lock key of membership; shards use 0..63
_BEAT_S = 0.5

_REPLICAS = """
SELECT count(*) FROM pg_locks
WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND classid = $1::bigint::oid AND objid = $2::bigint::oid AND objsubid = 2 AND mode = 'ShareLock' AND granted
"""
_FREE = """
SELECT s FROM generate_series(0, $2 - 1) AS s
WHERE NOT EXISTS (
    SELECT FROM pg_locks
    WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND classid = $1::bigint::oid AND objid = s::bigint::oid AND objsubid = 2 AND granted)
"""


class ShardOwner:
    """Keeps `owned` at this replica's share, at most ceil(64 / live replicas).

    `busy` says whether a shard has a batch under way: such a shard is given up only after it.
    """

    def __init__(self, url: Secret, schema: str, busy: Callable[[int], bool]) -> None:
        self._url = url
        self._class = lock_class(f"kamai.outbox.{schema}")
        self._busy = busy
        self.owned: set[int] = set()
        self.epoch = 0  # grows whenever ownership was lost as a whole: what was known of the shards is void

    async def run(self) -> None:
        """Owns shards until cancelled; every lost connection drops all of them at once."""
        while True:
            connection: asyncpg.Connection[Any] | None = None
            try:
                connection = await connect(self._url, "relay-shards", idle_session_timeout="10s")
                await connection.execute("SELECT pg_advisory_lock_shared($1, $2)", self._class, _MEMBER)
                while True:
                    await self._balance(connection)
                    await asyncio.sleep(_BEAT_S)
            except FAULTS as error:
                logger().warning("relay lost its shards", count=len(self.owned), **fault(error))
                await asyncio.sleep(_BEAT_S)
            finally:
                self.owned.clear()
                self.epoch += 1
                metrics.SHARDS.set(0)
                if connection is not None:
                    with contextlib.suppress(Exception):
                        await connection.close(timeout=2)

    async def _balance(self, connection: asyncpg.Connection[Any]) -> None:
        replicas = await connection.fetchval(_REPLICAS, self._class % 2**32, _MEMBER, timeout=5)
        share = math.ceil(SHARDS / max(1, replicas))
        before = len(self.owned)
        for shard in sorted(self.owned):
            if len(self.owned) <= share:
                break
            if not self._busy(shard):
                self.owned.discard(shard)
                await connection.execute("SELECT pg_advisory_unlock($1, $2)", self._class, shard, timeout=5)
        if len(self.owned) < share:
            for row in await connection.fetch(_FREE, self._class % 2**32, SHARDS, timeout=5):
                if len(self.owned) >= share:
                    break
                if await connection.fetchval("SELECT pg_try_advisory_lock($1, $2)", self._class, row["s"], timeout=5):
                    self.owned.add(row["s"])
        if len(self.owned) != before:
            metrics.SHARDS.set(len(self.owned))
            logger().info("relay shards", count=len(self.owned))
