"""How long the shards of a killed relay stand still."""

from __future__ import annotations

import asyncio
import time

from chassis.db.pool import Connection, connect
from support.probe import workers
from support.wait import until

from bench.figures import Figure, at_most
from bench.parts import Parts, fill

ROUNDS = 3


async def run(parts: Parts) -> list[Figure]:
    seconds = []
    for _ in range(ROUNDS):
        seconds.append(await _once(parts))
    return [at_most("take-over after SIGKILL of a relay, slowest", max(seconds), "s", 2)]


async def _once(parts: Parts) -> float:
    """Two relays share the shards; one is killed, then every shard gets events: the time until all are published."""
    async with parts.database() as database:
        topic = await parts.topic()
        settings = {"url": database.app_url, "bootstrap": parts.bootstrap}
        relays = [workers.start("relay", parts.folder / f"relay{n}.log", **settings) for n in range(2)]
        watcher = await connect(database.app_url, "watcher")
        try:
            await until(lambda: _shared(watcher), timeout_s=60)
            await fill(database, topic, 640)
            await until(lambda: _empty(watcher), timeout_s=60)
            await asyncio.to_thread(relays[0].kill)
            started = time.perf_counter()
            await fill(database, topic, 640)
            await until(lambda: _empty(watcher), timeout_s=60, every_s=0.005)
            return time.perf_counter() - started
        finally:
            await watcher.close()
            for relay in relays:
                relay.kill()


async def _shared(watcher: Connection) -> bool:
    """Whether two sessions hold 32 shards each."""
    rows = await watcher.fetch(
        "SELECT count(*) AS held FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND objid < 64 AND granted "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) GROUP BY pid"
    )
    return [row["held"] for row in rows] == [32, 32]


async def _empty(watcher: Connection) -> bool:
    return not await watcher.fetchval("SELECT EXISTS (SELECT FROM outbox)")
