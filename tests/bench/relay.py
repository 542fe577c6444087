"""Relay throughput against a bare fetch-send-delete loop, and commit -> acknowledgement at a steady rate."""

from __future__ import annotations

import asyncio
import statistics
import time
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from chassis import ids
from chassis.db.pool import create_pool
from chassis.events import outbox
from chassis.events.doorbell import Doorbell
from chassis.events.relay import Relay
from support.databases import TestDatabase

from bench.parts import Parts, fill

EVENTS = 150_000
RATE, LATENCY_S = 500, 20


async def _drained(database: TestDatabase) -> None:
    connection = await asyncpg.connect(database.admin_url)
    while await connection.fetchval("SELECT EXISTS (SELECT FROM probe.outbox)"):
        await asyncio.sleep(0.02)
    await connection.close()


async def relayed_per_s(parts: Parts, events: int = EVENTS) -> float:
    """Events per second of one relay process emptying a full outbox."""
    async with parts.templates.database("probe") as database:
        topic = await parts.topic()
        await fill(database, topic, events)
        relay = Relay(database.app_url, "probe", parts.kafka, "/bench")
        started = time.perf_counter()
        task = asyncio.create_task(relay.run())
        await _drained(database)
        seconds = time.perf_counter() - started
        await relay.stop()
        await task
        return events / seconds


async def bare_per_s(parts: Parts, events: int = EVENTS) -> float:
    """The same work without ownership, order, watermark, headers of ours: what the parts allow."""
    async with parts.templates.database("probe") as database:
        topic = await parts.topic()
        await fill(database, topic, events)
        pool = await create_pool(database.app_url, "bare", 4)
        producer = AIOKafkaProducer(**parts.kafka, acks="all", enable_idempotence=True, linger_ms=2, max_batch_size=256 * 1024)
        await producer.start()
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
        return events / seconds


async def commit_to_ack_ms(parts: Parts, rate: int = RATE, seconds: float = LATENCY_S) -> tuple[float, float]:
    """p50 and p99 milliseconds from commit to the broker's timestamped acknowledgement, seen by a consumer on the same machine.

    The consumer's own fetch is part of the figure, so it is an upper bound.
    """
    async with parts.templates.database("probe") as database:
        topic = await parts.topic()
        relay = Relay(database.app_url, "probe", parts.kafka, "/bench")
        doorbell = Doorbell(database.app_url, "probe")
        tasks = [asyncio.create_task(relay.run()), asyncio.create_task(doorbell.run())]
        committed: dict[str, float] = {}
        seen: dict[str, float] = {}
        consumer = AIOKafkaConsumer(
            topic, **parts.kafka, auto_offset_reset="earliest", fetch_max_wait_ms=5, enable_auto_commit=False
        )
        await consumer.start()
        reader = asyncio.create_task(_read(consumer, seen))
        pool = await create_pool(database.app_url, "writer", 8)
        await asyncio.sleep(1.5)  # lets the relay take its shards
        count = await _write_steadily(pool, topic, doorbell, committed, rate, seconds)
        while len(seen) < count:
            await asyncio.sleep(0.01)
        reader.cancel()
        await relay.stop()
        await tasks[0]
        tasks[1].cancel()
        await asyncio.gather(reader, *tasks, return_exceptions=True)
        await consumer.stop()
        await pool.close()
        waits = sorted((seen[key] - committed[key]) * 1000 for key in committed)
        return statistics.median(waits), waits[int(len(waits) * 0.99)]


async def _read(consumer: Any, seen: dict[str, float]) -> None:
    async for record in consumer:
        seen.setdefault(record.key.decode(), time.perf_counter())


async def _write_steadily(
    pool: Any, topic: str, doorbell: Doorbell, committed: dict[str, float], rate: int, seconds: float
) -> int:
    makes = ids.RandomIds()

    async def one() -> None:
        key = makes.new("thing")
        async with pool.acquire() as connection, connection.transaction():
            await outbox.append(connection, [outbox.OutboxEvent(topic, "kamai.bench.v1.Thing", key, 1, b"x" * 250)])
        committed[key] = time.perf_counter()
        doorbell.ring()

    count = int(rate * seconds)
    started = time.perf_counter()
    running: set[asyncio.Task[None]] = set()
    for number in range(count):
        pause = started + number / rate - time.perf_counter()
        if pause > 0:
            await asyncio.sleep(pause)
        task = asyncio.create_task(one())
        running.add(task)
        task.add_done_callback(running.discard)
    await asyncio.gather(*running)
    return count
