"""A process that ends without warning at every step between a thing and its effect: nothing is lost, each effect happens once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from chassis.db.pool import Connection, connect
from devstack.process import Process
from support.probe import things, workers
from support.probe.station import Station
from support.probe.worker import EXIT
from support.running import running
from support.wait import ended, until


async def died(process: Process) -> None:
    """Waits until the worker ended at its failpoint."""

    try:
        assert await ended(process) == EXIT, process.tail()
    finally:
        process.kill()


async def effects_follow(station: Station, connection: Connection, wanted: dict[str, list[int]]) -> None:
    """With a sound relay and consumer all effects come, and the outbox is empty."""

    async def done() -> bool:
        left = await connection.fetchval("SELECT EXISTS (SELECT FROM outbox)")
        return not left and await things.effects(connection) == wanted

    async with running(station.relay(), station.consumer()):
        await until(done, timeout_s=60)


@pytest.mark.parametrize(("step", "kept"), [("updated", 0), ("appended", 0), ("committing", 0), ("committed", 1)])
async def test_writer(station: Station, connection: Connection, tmp_path: Path, step: str, kept: int) -> None:
    """Before the commit thing and event are gone together; after it both are there. The next writer goes on from there."""
    key = things.new_key()
    where = {"url": station.url, "topic": station.topic, "keys": [key], "seed": 1}
    await died(workers.start("writer", tmp_path / "log", **where, steps=1, exit_at=step))
    async with connection.transaction():
        await things.step(connection, station.topic, key)
    await effects_follow(station, connection, {key: list(range(1, kept + 2))})


@pytest.mark.parametrize("step", ["fetched", "sent", "acknowledged", "deleted"])
async def test_relay(station: Station, connection: Connection, tmp_path: Path, step: str) -> None:
    """Wherever a relay ends, another one sends what is left; what was sent twice has one effect."""
    keys = [things.new_key() for _ in range(10)]
    async with connection.transaction():
        for key in sorted(keys):
            await things.step(connection, station.topic, key, 3)
    await died(workers.start("relay", tmp_path / "log", url=station.url, bootstrap=station.bootstrap, exit_at=step))
    await effects_follow(station, connection, {key: [1, 2, 3] for key in keys})


async def test_consumer(station: Station, connection: Connection, tmp_path: Path) -> None:
    """After the inbox insert, after the effect, before and after the commit, before the offset: the next member of the group does
    what is left and nothing twice."""
    wanted: dict[str, list[int]] = {}

    async def one(step: str) -> None:
        """Steps beside each other, each with a topic of its own: a group takes 10 s to miss a dead member."""
        own, keys = replace(station, topic=await things.new_topic(station.bootstrap)), [things.new_key() for _ in range(10)]
        await station.database.run(lambda inside: _three_steps(inside, own.topic, keys))
        wanted.update({key: [1, 2, 3] for key in keys})
        where = {"url": own.url, "bootstrap": own.bootstrap, "topic": own.topic}
        await died(workers.start("consumer", tmp_path / step, **where, exit_at=step))
        done = set(await things.effects(connections[step]))
        assert bool(done & set(keys)) == (step == "committed")
        async with running(own.consumer()):
            await until(lambda: _all_three(connections[step], keys), timeout_s=60)

    steps = ("claimed", "noted", "handled", "committed")
    connections = {step: await connect(station.url, step) for step in steps}
    async with running(station.relay()):
        await asyncio.gather(*(one(step) for step in steps))
    assert await things.effects(connection) == wanted
    for opened in connections.values():
        await opened.close()


async def _three_steps(connection: Connection, topic: str, keys: list[str]) -> None:
    for key in sorted(keys):
        await things.step(connection, topic, key, 3)


async def _all_three(connection: Connection, keys: list[str]) -> bool:
    found = await things.effects(connection)
    return all(found.get(key) == [1, 2, 3] for key in keys)


async def test_a_relay_killed_hands_over(station: Station, connection: Connection, tmp_path: Path) -> None:
    """With a relay process killed outright, another one that was waiting publishes what comes after."""
    key = things.new_key()
    first = workers.start("relay", tmp_path / "log", url=station.url, bootstrap=station.bootstrap)
    try:
        await until(lambda: _owned(connection, 64), timeout_s=30)
        async with running(station.relay(), station.consumer()):
            await asyncio.to_thread(first.kill)
            await things.step(connection, station.topic, key)
            await until(lambda: things.effects(connection), timeout_s=60)
    finally:
        first.kill()


async def _owned(connection: Connection, wanted: int) -> bool:
    return bool(
        await connection.fetchval(
            "SELECT count(*) = $1 FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND objid < 64 AND granted "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            wanted,
        )
    )
