"""Outbox to effect over either broker: the same outcome."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from chassis.db.pool import Connection
from chassis.events import envelope
from chassis.events.record import Event
from support.probe import things
from support.probe.station import Station
from support.probe.wire import Raw
from support.running import running
from support.wait import until

from .conftest import Broker


def reached(connection: Connection, wanted: dict[str, list[int]]) -> Callable[[], Coroutine[Any, Any, bool]]:
    async def look() -> bool:
        return await things.effects(connection) == wanted

    return look


async def steps(connection: Connection, topic: str, keys: list[str], count: int) -> None:
    """`count` transactions, each moving every key on by one."""
    for _ in range(count):
        async with connection.transaction():
            for key in sorted(keys):
                await things.step(connection, topic, key)


async def put(broker: Broker, topic: str, raws: list[Raw]) -> None:
    producer = broker.producer()
    await producer.start()
    for raw in raws:
        await (await producer.send(topic, raw.payload(), key=raw.key.encode(), headers=raw.headers()))
    await producer.stop()


async def test_from_transaction_to_effect(station: Station, connection: Connection) -> None:
    """Every committed step has one effect, in order; two relays and two consumers share the work."""
    keys = [things.new_key() for _ in range(20)]
    async with running(station.relay(), station.relay(), station.consumer(), station.consumer()):
        await steps(connection, station.topic, keys, 10)
        await until(reached(connection, {key: list(range(1, 11)) for key in keys}), timeout_s=60)
        await until(lambda: _empty(connection))


async def _empty(connection: Connection) -> bool:
    return not await connection.fetchval("SELECT EXISTS (SELECT FROM outbox)")


async def test_a_rolled_back_step_is_never_seen(station: Station, connection: Connection) -> None:
    """Nothing of a transaction that failed reaches Kafka."""
    key = things.new_key()
    transaction = connection.transaction()
    await transaction.start()
    await things.step(connection, station.topic, key)
    await transaction.rollback()
    async with running(station.relay(), station.consumer()):
        await steps(connection, station.topic, [key], 2)
        await until(reached(connection, {key: [1, 2]}))
    assert await connection.fetchval("SELECT count(*) FROM inbox") == 2


async def test_a_relay_that_is_cut_off_repeats_without_effect(station: Station, connection: Connection) -> None:
    """Cut off after the acknowledgement and before the delete, the batch is sent again; the consumer drops it."""
    key = things.new_key()
    met = asyncio.Event()

    async def hang(step: str) -> None:
        if step == "acknowledged":
            met.set()
            await asyncio.Event().wait()

    await steps(connection, station.topic, [key], 3)
    first = asyncio.create_task(station.relay(failpoint=hang).run())
    async with running(station.consumer()):
        await asyncio.wait_for(met.wait(), 30)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        async with running(station.relay()):
            await until(lambda: _empty(connection), timeout_s=30)
            await until(reached(connection, {key: [1, 2, 3]}))


async def test_poison_gap_and_rubbish(broker: Broker, station: Station, connection: Connection) -> None:
    """One key fails for ever, one has a gap that closes, one record cannot be read: each is dealt with, all others go on."""
    poisoned, gap, sound = things.new_key(), things.new_key(), things.new_key()

    async def handler(inside: Connection, event: Event) -> None:
        await things.note(inside, event)
        if event.key == poisoned:
            raise RuntimeError("poisoned")

    rubbish = Raw("rubbish", 1).spoil(ce_id=None)
    await put(broker, station.topic, [Raw(poisoned, 1), Raw(gap, 2), rubbish, Raw(sound, 1), Raw(sound, 2), Raw(sound, 2)])
    async with running(station.consumer(things.subscription(station.topic, handler)), station.relay()):
        await until(reached(connection, {sound: [1, 2]}))
        await put(broker, station.topic, [Raw(gap, 1), Raw(poisoned, 2)])
        await until(reached(connection, {sound: [1, 2], gap: [1, 2]}))
        await until(lambda: _states(connection, {"PARKED", "WAITING", "RESOLVED", "DEAD"}))


async def _states(connection: Connection, wanted: set[str]) -> bool:
    return {row["state"] for row in await connection.fetch("SELECT state FROM failed_event")} == wanted


async def test_headers_of_an_event(broker: Broker, station: Station, connection: Connection) -> None:
    """What lies on the topic is an envelope that says which step of which thing it is."""
    key = things.new_key()
    await steps(connection, station.topic, [key], 1)
    client = broker.consumer("headers", station.topic)
    await client.start()
    async with running(station.relay()):
        records: list[Any] = []

        async def came() -> bool:
            for batch in (await client.getmany(timeout_ms=200)).values():
                records.extend(batch)
            return bool(records)

        await until(came, timeout_s=30)
    await client.stop()
    head = envelope.parse(records[0].headers)
    assert (head.subject, head.sequence, head.type, head.source) == (key, 1, things.Stepped.DESCRIPTOR.full_name, "/test")
    assert records[0].key == key.encode()
