"""Outbox to Kafka on real parts."""

from __future__ import annotations

import asyncio
import secrets
from collections import defaultdict
from typing import Any
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer
from chassis import ids
from chassis.db.pool import prepare
from chassis.events import kafka as clients
from chassis.events import outbox, topic_creation
from chassis.events.relay import Relay
from chassis.events.watermark import Watermark
from support.databases import TestDatabase
from support.probe import wire
from support.running import running
from support.wait import until


def options(bootstrap: str) -> dict[str, Any]:
    return {"bootstrap_servers": bootstrap, "security_protocol": "PLAINTEXT"}


async def topic(bootstrap: str) -> str:
    name = f"probe-{secrets.token_hex(4)}"
    await topic_creation.create_topics(options(bootstrap), [name], 3, 1)
    return name


async def append(database: TestDatabase, events: list[outbox.OutboxEvent]) -> None:
    connection = await asyncpg.connect(database.app_url)
    await prepare(connection)
    async with connection.transaction():
        await outbox.append(connection, events)
    await connection.close()


async def read(bootstrap: str, name: str, count: int) -> dict[str, list[int]]:
    """Sequences by key, in the order of arrival, once `count` records came."""
    found: dict[str, list[int]] = defaultdict(list)
    consumer = AIOKafkaConsumer(name, **options(bootstrap), auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    try:
        async with asyncio.timeout(20):
            while sum(map(len, found.values())) < count:
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    for record in records:
                        found[record.key.decode()].append(int(dict(record.headers)["ce_sequence"]))
    finally:
        await consumer.stop()
    return found


async def ends(bootstrap: str, name: str) -> int:
    """How many records were ever put on the topic."""
    consumer = AIOKafkaConsumer(name, **options(bootstrap), enable_auto_commit=False)
    await consumer.start()
    try:
        return sum((await consumer.end_offsets(consumer.assignment())).values())
    finally:
        await consumer.stop()


async def test_events_arrive_in_order_and_leave_the_outbox(database: TestDatabase, kafka: str) -> None:
    """Every appended event reaches Kafka once, in the order of its aggregate, and its row is gone."""
    name = await topic(kafka)
    keys = [ids.RandomIds().new("thing") for _ in range(50)]
    relay = Relay(database.app_url, "probe", options(kafka), "/test")
    async with running(relay):
        for sequence in range(1, 11):
            await append(database, [outbox.OutboxEvent(name, "test.Thing", key, sequence, b"payload") for key in keys])
        found = await read(kafka, name, 500)
        connection = await asyncpg.connect(database.app_url)
        await until(lambda: empty(connection))
        await connection.close()
    assert found == {key: list(range(1, 11)) for key in keys}


async def empty(connection: asyncpg.Connection[Any]) -> bool:
    return not await connection.fetchval("SELECT EXISTS (SELECT FROM outbox)")


async def test_a_refused_event_blocks_its_own_aggregate_only(database: TestDatabase, kafka: str) -> None:
    """An event for a topic that does not exist stays, with the later ones of its aggregate; all others pass."""
    name = await topic(kafka)
    poisoned, sound = ids.RandomIds().new("thing"), [ids.RandomIds().new("thing") for _ in range(100)]
    relay = Relay(database.app_url, "probe", options(kafka), "/test")
    async with running(relay):
        await append(
            database,
            [
                outbox.OutboxEvent("no-such-topic", "test.Thing", poisoned, 1, b""),
                outbox.OutboxEvent(name, "test.Thing", poisoned, 2, b""),
                *[outbox.OutboxEvent(name, "test.Thing", key, 1, b"") for key in sound],
            ],
        )
        found = await read(kafka, name, 100)
    assert set(found) == set(sound)
    connection = await asyncpg.connect(database.app_url)
    rows = await connection.fetch("SELECT aggregate_version FROM outbox ORDER BY id")
    await connection.close()
    assert [row["aggregate_version"] for row in rows] == [1, 2]


async def test_what_lies_before_a_refused_event_is_sent_once(database: TestDatabase, kafka: str) -> None:
    """Events that Kafka took before one of their aggregate that it refuses leave the outbox; the refused one and those behind it
    stay, however often it is tried."""
    name, key = await topic(kafka), ids.RandomIds().new("thing")
    many = [outbox.OutboxEvent(name, "test.Thing", key, sequence, b"") for sequence in range(1, 51)]
    large = outbox.OutboxEvent(name, "test.Thing", key, 51, b"x" * (clients.MAX_RECORD_BYTES + 1))
    behind = outbox.OutboxEvent(name, "test.Thing", key, 52, b"")
    connection = await asyncpg.connect(database.app_url)
    async with running(Relay(database.app_url, "probe", options(kafka), "/test")):
        await append(database, [*many, large, behind])
        await until(lambda: connection.fetchval("SELECT attempts >= 4 FROM outbox WHERE aggregate_version = 51"))
    rows = await connection.fetch("SELECT aggregate_version FROM outbox ORDER BY id")
    await connection.close()
    assert [row["aggregate_version"] for row in rows] == [51, 52]
    assert await ends(kafka, name) == len(many)


async def test_the_first_event_of_a_new_outbox_is_not_passed_over(database: TestDatabase, kafka: str) -> None:
    """A watermark taken before the first id was ever drawn must not hide that id."""
    name = await topic(kafka)
    connection = await asyncpg.connect(database.app_url)
    watermark = Watermark()
    for _ in range(3):
        await watermark.advance(connection, range(64))
    assert set(watermark.floors.values()) <= {0}
    key = ids.RandomIds().new("thing")
    await append(database, [outbox.OutboxEvent(name, "test.Thing", key, 1, b"")])
    await connection.close()
    async with running(Relay(database.app_url, "probe", options(kafka), "/test")):
        assert await read(kafka, name, 1) == {key: [1]}


async def test_a_late_commit_is_published(database: TestDatabase, kafka: str) -> None:
    """An event whose transaction commits long after later ids were published still arrives, and none twice."""
    name = await topic(kafka)
    slow_key, quick = ids.RandomIds().new("thing"), [ids.RandomIds().new("thing") for _ in range(20)]
    slow = await asyncpg.connect(database.app_url)
    await prepare(slow)
    async with running(Relay(database.app_url, "probe", options(kafka), "/test")):
        transaction = slow.transaction()
        await transaction.start()
        await outbox.append(slow, [outbox.OutboxEvent(name, "test.Thing", slow_key, 1, b"")])
        for key in quick:
            await append(database, [outbox.OutboxEvent(name, "test.Thing", key, 1, b"")])
        assert len(await read(kafka, name, 20)) == 20
        watcher = await asyncpg.connect(database.app_url)
        watermark = Watermark()
        for _ in range(4):  # the slow one holds the watermark back
            await watermark.advance(watcher, range(64))
        assert set(watermark.floors.values()) <= {0}
        await transaction.commit()
        found = await read(kafka, name, 21)
        await watcher.close()
    await slow.close()
    assert found == {key: [1] for key in [slow_key, *quick]}


async def test_no_shard_starves(database: TestDatabase, kafka: str) -> None:
    """With more busy shards than the relay works on at once, each gets its turn, however much the others have."""
    name = f"probe-{secrets.token_hex(4)}"
    await topic_creation.create_topics(options(kafka), [name], 1, 1)
    keys = {shard: ids.encode("thing", UUID(int=shard)) for shard in (0, 31, 63)}
    crowd = [outbox.OutboxEvent(name, "test.Thing", keys[shard], n, b"") for n in range(1, 101) for shard in (0, 63)]
    await append(database, [*crowd, outbox.OutboxEvent(name, "test.Thing", keys[31], 1, b"")])
    async with running(Relay(database.app_url, "probe", options(kafka), "/test", batch=5, in_flight=1)):
        arrived = [record.key.decode() for record in await wire.read(kafka, name, 201)]
    assert arrived.index(keys[31]) <= 10
