"""Relay throughput against a bare fetch-send-delete loop, pair by pair."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

from aiokafka import AIOKafkaProducer
from chassis import metrics
from chassis.db.pool import create_pool
from chassis.events.relay import Relay
from support.wait import until

from bench.figures import Figure, at_least, pairs, ratio_of
from bench.parts import Parts, fill

EVENTS = 80_000


def _relayed() -> float:
    return float(metrics.RELAYED._value.get())


async def relayed_per_s(parts: Parts) -> float:
    """Events per second of a relay that was running when `EVENTS` of them became visible at once."""
    async with parts.database() as database:
        relay = Relay(database.app_url, "probe", parts.kafka, "/bench")
        topic, before = await parts.topic(), _relayed()
        task = asyncio.create_task(relay.run())
        await fill(database, topic, 64)  # warm: connections, shards, metadata
        await until(_at_least(before + 64), timeout_s=60)
        await fill(database, topic, EVENTS)
        started = time.perf_counter()
        await until(_at_least(before + 64 + EVENTS), timeout_s=120, every_s=0.005)
        seconds = time.perf_counter() - started
        await relay.stop()
        await task
        return EVENTS / seconds


def _at_least(count: float) -> Callable[[], Coroutine[Any, Any, bool]]:
    async def reached() -> bool:
        return _relayed() >= count

    return reached


async def bare_per_s(parts: Parts) -> float:
    """The same work without ownership, order, watermark and faults: what the libraries allow."""
    async with parts.database() as database:
        topic = await parts.topic()
        pool = await create_pool(database.app_url, "bare", 4)
        producer = AIOKafkaProducer(**parts.kafka, acks="all", enable_idempotence=True, linger_ms=2, max_batch_size=256 * 1024)
        await producer.start()
        await fill(database, topic, EVENTS)
        headers = [("ce_id", b"0" * 36), ("ce_type", b"kamai.bench.v1.Thing"), ("ce_source", b"/bench"), ("ce_sequence", b"1")]

        async def shard(number: int) -> None:
            while rows := await pool.fetch(
                "SELECT id, topic, key, payload FROM outbox WHERE shard = $1 ORDER BY id LIMIT 500", number
            ):
                sent = [await producer.send(row["topic"], row["payload"], key=row["key"], headers=headers) for row in rows]
                await asyncio.gather(*sent)
                await pool.execute(
                    "DELETE FROM outbox WHERE shard = $1 AND id = ANY($2::bigint[])", number, [r["id"] for r in rows]
                )

        async def lane(first: int) -> None:
            for number in range(first, 64, 4):
                await shard(number)

        started = time.perf_counter()
        await asyncio.gather(*(lane(first) for first in range(4)))
        seconds = time.perf_counter() - started
        await producer.stop()
        await pool.close()
        return EVENTS / seconds


async def run(parts: Parts) -> list[Figure]:
    ours, bare, ratio = await pairs(lambda: relayed_per_s(parts), lambda: bare_per_s(parts))
    return [
        at_least("relay throughput", ours, "events/s", 25_000, bare),
        ratio_of("relay against a bare loop", ours, "events/s", bare, ratio, 0.6),
    ]
