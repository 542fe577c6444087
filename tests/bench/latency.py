"""Commit to acknowledgement at a steady rate; the writer is a process of its own."""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from typing import Any

from chassis import ids
from chassis.db.pool import create_pool
from chassis.events import outbox
from chassis.events.doorbell import Doorbell
from chassis.events.relay import Relay
from chassis.events.sending import Sender
from support.probe import things
from support.wait import until

from bench.figures import Figure, at_most
from bench.parts import Parts

RATE, SECONDS, WARM_S = 500, 12.0, 3.0


# When Kafka had acknowledged an event, by key. Monotonic clocks of processes of one machine can be compared.
Times = dict[str, float]


def timed(acknowledged: Times) -> type[Sender]:
    class TimedSender(Sender):
        async def send(self, rows: list[Any]) -> tuple[list[Any], list[int]]:
            done, failed = await super().send(rows)
            now = time.monotonic()
            for row in done:
                acknowledged.setdefault(row["key"].decode(), now)
            return done, failed

    return TimedSender


async def run(parts: Parts) -> list[Figure]:
    async with parts.database() as database:
        topic = await parts.topic()
        acknowledged: Times = {}
        relay = Relay(database.app_url, "probe", parts.kafka, "/bench", sender=timed(acknowledged))
        task = asyncio.create_task(relay.run())
        result = parts.folder / "committed.json"
        writer = parts.process("bench.latency", json.dumps([database.app_url, topic, str(result)]))

        async def written() -> bool:
            assert writer.exit_code in (None, 0), writer.tail()
            return writer.exit_code == 0

        await until(written, timeout_s=90)
        committed: Times = json.loads(result.read_text())
        await until(lambda: _all(acknowledged, committed), timeout_s=60)
        await relay.stop()
        await task
    waits = sorted((acknowledged[key] - at) * 1000 for key, at in committed.items())
    return [
        at_most("commit to acknowledgement, p50", statistics.median(waits), "ms", 15),
        at_most("commit to acknowledgement, p99", waits[int(len(waits) * 0.99)], "ms", 60),
    ]


async def _all(acknowledged: Times, committed: Times) -> bool:
    return committed.keys() <= acknowledged.keys()


async def write(url: str, topic: str, result: str) -> None:
    """RATE transactions a second, each with one event of 250 bytes; those of the first seconds do not count."""
    pool, doorbell, makes = await create_pool(url, "writer", 8), Doorbell(url, "probe"), ids.RandomIds()
    ringing = asyncio.create_task(doorbell.run())
    committed: dict[str, float] = {}
    started = time.monotonic()

    async def one() -> None:
        key = makes.new("thing")
        async with pool.acquire() as connection, connection.transaction():
            await outbox.append(connection, [outbox.OutboxEvent(topic, things.Stepped.DESCRIPTOR.full_name, key, 1, b"x" * 250)])
        if time.monotonic() > started + WARM_S:
            committed[key] = time.monotonic()
        doorbell.ring()

    running: set[asyncio.Task[None]] = set()
    for number in range(int(RATE * (WARM_S + SECONDS))):
        await asyncio.sleep(max(0, started + number / RATE - time.monotonic()))
        task = asyncio.create_task(one())
        running.add(task)
        task.add_done_callback(running.discard)
    await asyncio.gather(*running)
    ringing.cancel()
    await asyncio.gather(ringing, return_exceptions=True)
    await pool.close()
    with open(result, "w") as file:  # noqa: ASYNC230  # at the end
        json.dump(committed, file)


if __name__ == "__main__":
    asyncio.run(write(*json.loads(sys.argv[1])))
