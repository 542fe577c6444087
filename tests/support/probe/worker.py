"""One relay, consumer or writer as a process of its own: `python -m support.probe.worker relay '{"url": ..., ...}'`.

`exit_at` ends the process at a named step without any cleaning up, as a power cut would. A writer writes for
`steps` steps, or until it is stopped. What it has committed is in the table of things.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from chassis import ids
from chassis.db.database import Database
from chassis.db.pool import FAULTS, Connection, connect, create_pool
from chassis.events import outbox
from chassis.events.consumer import Consumer
from chassis.events.doorbell import Doorbell
from chassis.events.record import Event
from chassis.events.relay import Relay
from chassis.logging import configure

from support.probe import things

EXIT = 42


def failpoint(settings: dict[str, Any]) -> Callable[[str], Awaitable[None]]:
    async def reached(step: str) -> None:
        if step == settings.get("exit_at"):
            os._exit(EXIT)

    return reached


async def relay(settings: dict[str, Any]) -> None:
    await Relay(settings["url"], "probe", things.options(settings["bootstrap"]), "/worker", failpoint=failpoint(settings)).run()


async def consumer(settings: dict[str, Any]) -> None:
    at = failpoint(settings)

    async def handler(connection: Connection, event: Event) -> None:
        await at("claimed")  # after the inbox insert
        await things.note(connection, event)
        await at("noted")

    pool = await create_pool(settings["url"], "consumer", 4, patience_s=60)
    subscription = things.subscription(settings["topic"], handler)
    await Consumer(
        Database(pool), things.registry(settings["topic"]), subscription, things.options(settings["bootstrap"]),
        Doorbell(settings["url"], "probe"), failpoint=at,
    ).run()  # fmt: skip


async def _write_once(connection: Connection, settings: dict[str, Any], key: str, at: Callable[[str], Awaitable[None]]) -> None:
    async with connection.transaction():
        version: int = await connection.fetchval(things.STEP, ids.raw(key), 1)
        await at("updated")
        await outbox.append(connection, [things.stepped(settings["topic"], key, version)])
        await at("appended")
        await at("committing")
    await at("committed")


async def writer(settings: dict[str, Any]) -> None:
    """Steps the things of `keys` at random. Whether an interrupted commit took place, the table knows."""
    chance, at = random.Random(settings["seed"]), failpoint(settings)
    connection: Any = None
    for _ in range(settings.get("steps", 10**9)):
        key = chance.choice(settings["keys"])
        try:
            if connection is None or connection.is_closed():
                connection = await connect(settings["url"], "writer")
            await _write_once(connection, settings, key, at)
        except FAULTS:
            await asyncio.sleep(0.05)
        await asyncio.sleep(settings.get("pause_s", 0))


if __name__ == "__main__":
    configure("worker", "ERROR")
    asyncio.run({"relay": relay, "consumer": consumer, "writer": writer}[sys.argv[1]](json.loads(sys.argv[2])))
