"""A poisoned event, a missing topic or a stopped process holds up nobody else."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import textwrap
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from chassis import ids
from chassis.db.pool import Connection, connect
from chassis.events import outbox
from chassis.events.record import Event
from chassis.schedules import Schedule, ScheduleRunner
from support.databases import TestDatabase
from support.probe import things
from support.probe.station import Station
from support.probe.wire import Raw, publish
from support.running import running
from support.wait import until


@asynccontextmanager
async def opened(database: TestDatabase) -> AsyncIterator[Connection]:
    connection = await connect(database.app_url, "test")
    try:
        yield connection
    finally:
        await connection.close()


async def idle_too_long(connection: Connection) -> None:
    """What the server answers by ending the session, as if the database had gone."""
    await connection.execute("SET LOCAL idle_in_transaction_session_timeout = '100ms'")
    await asyncio.sleep(0.3)  # the fault itself: nothing is sent while the server's time runs out


async def test_a_handler_that_loses_its_session_is_set_aside(station: Station, connection: Connection) -> None:
    """An event whose handler costs its connection each time is kept for retries; every other key goes on."""
    bad, others = things.new_key(), [things.new_key() for _ in range(8)]

    async def handle(c: Connection, event: Event) -> None:
        if event.key == bad:
            await idle_too_long(c)
        await things.note(c, event)

    await publish(station.bootstrap, station.topic, [Raw(bad, 1), *[Raw(key, 1) for key in others]])

    async def others_done() -> bool:
        return set(others) <= set(await things.effects(connection))

    async with running(station.consumer(things.subscription(station.topic, handle))):
        await until(others_done, 30)
    assert bad not in await things.effects(connection)
    assert await connection.fetchval("SELECT count(*) FROM failed_event WHERE key = $1", bad) == 1


async def test_an_event_is_kept_although_its_offset_was_seen_before(station: Station, connection: Connection) -> None:
    """A topic made anew begins its offsets again: old rows of failed events do not hide new ones."""
    key = things.new_key()
    for partition in range(3):
        for offset in range(5):
            await connection.execute(
                "INSERT INTO failed_event (consumer, topic, partition, record_offset, event_id, headers, state, error, key,"
                " sequence) VALUES ($1, $2, $3, $4, uuidv7(), '[]', 'RESOLVED', 'old', 'thing_old', 1)",
                f"group-{station.topic}", station.topic, partition, offset,
            )  # fmt: skip
    failures = [1]

    async def handle(c: Connection, event: Event) -> None:
        if failures[0]:
            failures[0] -= 1
            raise RuntimeError("once")
        await things.note(c, event)

    async def all_done() -> bool:
        return (await things.effects(connection)).get(key) == [1, 2, 3]

    await publish(station.bootstrap, station.topic, [Raw(key, number) for number in (1, 2, 3)])
    async with running(station.consumer(things.subscription(station.topic, handle))):
        await until(all_done, 30)


async def test_a_failed_first_event_keeps_its_place(station: Station, connection: Connection) -> None:
    """Where any first event is taken, a later one does not pass a first one that failed."""
    key, failures = things.new_key(), [2]

    async def handle(c: Connection, event: Event) -> None:
        if event.sequence == 5 and failures[0]:
            failures[0] -= 1
            raise RuntimeError("twice")
        await things.note(c, event)

    async def all_done() -> bool:
        return len((await things.effects(connection)).get(key, [])) == 3

    await publish(station.bootstrap, station.topic, [Raw(key, number) for number in (5, 6, 7)])
    async with running(station.consumer(things.subscription(station.topic, handle, from_any=True, ordered=True))):
        await until(all_done, 30)
    assert (await things.effects(connection))[key] == [5, 6, 7]


async def test_no_shard_starves(station: Station, database: TestDatabase) -> None:
    """While lower shards always have something new, the row of the highest shard is published too."""
    low = [ids.encode("thing", UUID(int=random.getrandbits(120) << 8 | shard)) for shard in range(40)]
    high = ids.encode("thing", UUID(int=random.getrandbits(120) << 8 | 63))
    async with opened(database) as writer, opened(database) as looker:
        stop = asyncio.Event()

        async def keep_busy() -> None:
            sequence = 0
            while not stop.is_set():
                sequence += 1
                await outbox.append(writer, [things.stepped(station.topic, key, sequence) for key in low])

        async def high_is_gone() -> bool:
            return not await looker.fetchval("SELECT EXISTS (SELECT FROM outbox WHERE shard = 63)")

        async with running(station.relay()):
            busy = asyncio.create_task(keep_busy())
            await until(lambda: looker.fetchval("SELECT EXISTS (SELECT FROM outbox WHERE shard < 40)"))
            await outbox.append(looker, [things.stepped(station.topic, high, 1)])
            await until(high_is_gone, 20)
            stop.set()
            await busy


async def test_a_missing_topic_costs_its_shard_one_look(station: Station, database: TestDatabase) -> None:
    """Many aggregates for a topic that is not there do not each make a sound one of their shard wait."""
    *lost, sound = [ids.encode("thing", UUID(int=random.getrandbits(120) << 8 | 7)) for _ in range(60)]
    async with opened(database) as writer:

        async def sound_is_gone() -> bool:
            return not await writer.fetchval("SELECT EXISTS (SELECT FROM outbox WHERE aggregate_id = $1)", ids.raw(sound))

        await outbox.append(writer, [outbox.OutboxEvent("no-such-topic", "test.Thing", key, 1, b"") for key in lost])
        await outbox.append(writer, [things.stepped(station.topic, sound, 1)])
        async with running(station.relay()):
            await until(sound_is_gone, 15)  # 59 looks of half a second would take twice as long
        assert await writer.fetchval("SELECT count(*) FROM outbox") == len(lost)


async def test_a_stopped_process_loses_its_schedule(database: TestDatabase) -> None:
    """A process that is stopped in the middle of a run is followed by another once the server ends its idle session."""
    code = textwrap.dedent(f"""
        import asyncio
        from chassis.schedules import Schedule, ScheduleRunner
        async def run():
            print("ran", flush=True)
            await asyncio.Event().wait()
            return False
        asyncio.run(ScheduleRunner({database.app_url!r}, "probe", Schedule("s", 0.1, run)).run())
    """)
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    try:
        assert child.stdout
        assert await child.stdout.readline() == b"ran\n"
        os.kill(child.pid, signal.SIGSTOP)
        ran = asyncio.Event()

        async def mine() -> bool:
            ran.set()
            return False

        async with running(ScheduleRunner(database.app_url, "probe", Schedule("s", 0.1, mine))):
            await asyncio.wait_for(ran.wait(), 40)
    finally:
        child.kill()
        await child.wait()
