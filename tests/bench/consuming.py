"""Events per second of one consumer with inbox, order and a one-row effect."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Coroutine
from typing import Any

from chassis import metrics
from chassis.audit.working import Working
from chassis.db.database import Database
from chassis.db.pool import create_pool
from chassis.events import kafka as clients
from chassis.events.consumer import Consumer
from chassis.events.doorbell import Doorbell
from support.probe import things
from support.probe.wire import Raw
from support.wait import until

from bench.figures import Figure
from bench.parts import Parts

KEYS, STEPS = 1_000, 20


async def run(parts: Parts) -> list[Figure]:
    topic = await parts.topic()
    await _publish(parts, topic)
    subscription = things.subscription(topic)
    handled = metrics.HANDLED.labels(subscription.consumer, "handled")
    async with parts.database() as database:
        pool = await create_pool(database.app_url, "consumer", 4)
        doorbell = Doorbell(database.app_url, "probe")
        working = Working(Database(pool), lambda content: hashlib.sha256(content).digest())
        consumer = Consumer(working.database, things.registry(topic), subscription, parts.kafka, doorbell, working=working)

        def at(count: int) -> Callable[[], Coroutine[Any, Any, bool]]:
            async def reached() -> bool:
                return bool(handled._value.get() >= count)

            return reached

        task = asyncio.create_task(consumer.run())
        await until(at(1), timeout_s=60, every_s=0.001)
        first, started = handled._value.get(), time.perf_counter()
        await until(at(KEYS * STEPS), timeout_s=120, every_s=0.005)
        rate = (KEYS * STEPS - first) / (time.perf_counter() - started)
        await consumer.stop()
        await task
        await pool.close()
    return [Figure("consumer with inbox and a one-row effect", round(rate, 1), "events/s")]


async def _publish(parts: Parts, topic: str) -> None:
    producer = clients.producer(parts.kafka, "bench")
    await producer.start()
    keys = [things.new_key() for _ in range(KEYS)]
    for step in range(1, STEPS + 1):
        raws = [Raw(key, step) for key in keys]
        sent = [await producer.send(topic, r.payload(), key=r.key.encode(), headers=r.headers()) for r in raws]
        await asyncio.gather(*sent)
    await producer.stop()
