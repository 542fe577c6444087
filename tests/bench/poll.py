"""How long a relay's poll takes while vacuum can clear nothing away and a writer holds the watermark back.

The poll is the look for shards that have rows. The reference is the same relay and load with nothing held.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from chassis.db.pool import connect
from chassis.events import outbox
from chassis.events.relay import Relay
from support.databases import TestDatabase
from support.probe import things
from support.wait import until

from bench.figures import Figure
from bench.parts import Parts, fill

DEAD, BAR_MS = 60_000, 5.0


def _timed(inner: Any, took_ms: list[float]) -> Any:
    """A connection or pool that notes how long each fetch took, in ms."""
    return _Timed(inner, took_ms)


class _Timed:
    """A connection or pool that notes how long each fetch took, in ms."""

    def __init__(self, inner: Any, took_ms: list[float]) -> None:
        self._inner, self._took_ms = inner, took_ms

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def fetch(self, *arguments: Any) -> Any:
        started = time.perf_counter()
        rows = await self._inner.fetch(*arguments)
        self._took_ms.append((time.perf_counter() - started) * 1000)
        return rows


class TimedRelay(Relay):
    """Notes how long the look for shards with rows takes, and the read of one shard's rows."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.looks: list[float] = []
        self.reads: list[float] = []

    async def _start_shards(self, pool: Any, listener: Any, now: float) -> bool:
        return await super()._start_shards(pool, _timed(listener, self.looks), now)

    async def _drain(self, pool: Any, shard: int) -> None:
        await super()._drain(_timed(pool, self.reads), shard)

    async def passed(self) -> bool:
        """Whether all that was published so far is behind the watermark in every shard."""
        return len(self._watermark.floors) == 64 and min(self._watermark.floors.values()) >= DEAD


@asynccontextmanager
async def transaction(url: str, statement: str) -> AsyncIterator[Any]:
    """A session in the middle of a transaction that no timeout of the service's role ends."""
    connection = await connect(url, "slow", idle_in_transaction_session_timeout="0", transaction_timeout="0")
    await connection.execute(statement)
    try:
        yield connection
    finally:
        await connection.close()


async def measured(parts: Parts, database: TestDatabase, *, held: bool) -> TimedRelay:
    """A relay that looked while 500 events a second came for 30 s, as long as the server lets a transaction of a service last.

    With `held` no entry can be removed of `DEAD` events before that and of those that come, and a writer with a place among them
    does not commit.
    """
    topic = await parts.topic()
    relay = TimedRelay(database.app_url, "probe", parts.kafka, "/bench")
    running = asyncio.create_task(relay.run())
    async with AsyncExitStack() as stack:
        if held:
            snapshot = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM outbox LIMIT 1"
            await stack.enter_async_context(transaction(database.app_url, snapshot))
        await fill(database, topic, DEAD)
        await until(relay.passed, timeout_s=60)
        if held:
            slow = await stack.enter_async_context(transaction(database.app_url, "BEGIN"))
            await outbox.append(slow, [things.stepped(topic, things.new_key(), 1)])
        relay.looks.clear()
        relay.reads.clear()
        for _ in range(2):
            await _written(parts, database, topic)
    await relay.stop()
    await running
    return relay


async def _written(parts: Parts, database: TestDatabase, topic: str) -> None:
    """500 events a second for 15 s."""
    writer = parts.process("bench.latency", json.dumps([database.app_url, topic, str(parts.folder / "committed.json")]))

    async def ended() -> bool:
        assert writer.exit_code in (None, 0), writer.tail()
        return writer.exit_code == 0

    await until(ended, timeout_s=90)


def p99(took_ms: list[float]) -> float:
    return sorted(took_ms)[int(len(took_ms) * 0.99)]


async def run(parts: Parts) -> list[Figure]:
    async with parts.database() as one, parts.database() as other:
        free = await measured(parts, one, held=False)
        held = await measured(parts, other, held=True)
    look, reference = p99(held.looks), p99(free.looks)
    read, read_reference = p99(held.reads), p99(free.reads)
    beside = "beside a held snapshot and a slow writer, p99"
    return [
        Figure(f"poll {beside}", round(look, 2), "ms", round(reference, 2), round(look / reference, 2), BAR_MS, look <= BAR_MS),
        Figure(f"read of a shard {beside}", round(read, 2), "ms", round(read_reference, 2), round(read / read_reference, 2)),
    ]
