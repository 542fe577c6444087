"""A topic whose partition takes nothing: the others go on, and it is caught up with once it takes records again."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError
from chassis import ids
from chassis.db.database import Database
from chassis.db.pool import Connection
from chassis.events import outbox
from devstack import infra
from devstack.kafka import Kafka
from support.databases import TestDatabase
from support.probe import things, wire
from support.probe.station import Station
from support.running import running
from support.second_kafka import SecondKafka
from support.wait import until


@pytest.fixture
async def brokers(tmp_path: Path) -> AsyncIterator[tuple[Kafka, SecondKafka, str]]:
    """Two, and a topic that the first has alone."""
    with infra.start_kafka(tmp_path / "first") as first:
        topic = await things.new_topic(first.bootstrap)
        second = SecondKafka(tmp_path / "second", first)
        await asyncio.to_thread(second.start)
        yield first, second, topic
        await asyncio.to_thread(second.kill)


async def topic_of_both(bootstrap: str) -> str:
    """One partition whose records both brokers have to take."""
    name = f"both-{secrets.token_hex(4)}"
    admin = AIOKafkaAdminClient(**things.options(bootstrap))
    await admin.start()

    async def is_made() -> bool:  # the second broker may be known a moment later
        wanted = NewTopic(name, -1, -1, replica_assignments={0: [1, 2]}, topic_configs={"min.insync.replicas": "2"})
        reply = await admin.create_topics([wanted])
        return reply.topic_errors[0][1] in (0, TopicAlreadyExistsError.errno)

    await until(is_made, timeout_s=30)
    await admin.close()
    return name


async def is_published(connection: Connection, key: str) -> bool:
    return not await connection.fetchval("SELECT EXISTS (SELECT FROM outbox WHERE aggregate_id = $1)", ids.raw(key))


async def attempts(connection: Connection, key: str) -> Any:
    return await connection.fetchval("SELECT attempts FROM outbox WHERE aggregate_id = $1", ids.raw(key))


async def test_a_sick_topic_stops_no_other(
    database: TestDatabase, transactions: Database, connection: Connection, brokers: tuple[Kafka, SecondKafka, str]
) -> None:
    """Its record counts as failed and is tried again later; the relay keeps its shards, other topics' events leave, also those of
    the same shard; a relay with such a record ends within seconds; the record arrives once the topic is well."""
    first, second, sound = brokers
    station = Station(sound, first.bootstrap, database.app_url, transactions)
    topic, sick, relay = await topic_of_both(first.bootstrap), things.new_key(), station.relay()
    async with running(relay):
        await outbox.append(connection, [things.stepped(topic, sick, 1)])
        await until(partial(is_published, connection, sick), timeout_s=30)
        await asyncio.to_thread(second.kill)
        await until(partial(_only_one_is_in_sync, first.bootstrap, topic), timeout_s=60)
        await outbox.append(connection, [things.stepped(topic, sick, 2)])
        await until(partial(attempts, connection, sick), timeout_s=30)  # given up for now
        same_shard = ids.encode("thing", UUID(int=ids.raw(sick).int ^ (1 << 40)))
        for key in (same_shard, *(things.new_key() for _ in range(20))):
            await things.step(connection, station.topic, key)
            await until(partial(is_published, connection, key), timeout_s=5)
        assert len(relay._owner.owned) == 64
    assert not await is_published(connection, sick)
    async with running(station.relay()):
        await asyncio.to_thread(second.restart)
        await until(partial(is_published, connection, sick), timeout_s=90)
    versions = [things.Stepped.FromString(record.value).id for record in await wire.read(first.bootstrap, topic, 2)]
    assert versions[0] == 1
    assert set(versions) == {1, 2}


async def _only_one_is_in_sync(bootstrap: str, topic: str) -> bool:
    admin = AIOKafkaAdminClient(**things.options(bootstrap))
    await admin.start()
    try:
        (found,) = await admin.describe_topics([topic])
        return [partition["isr"] for partition in found["partitions"]] == [[1]]
    except KafkaError:  # it asked the one that is gone
        return False
    finally:
        await admin.close()


async def test_shards_given_away_are_forgotten(station: Station, connection: Connection) -> None:
    """What was published of a shard that another relay has now keeps nobody awake."""
    one, two = station.relay(), station.relay()
    async with running(one):
        for _ in range(200):
            await things.step(connection, station.topic, things.new_key())
        async with running(two):
            await until(partial(_are_shared, one, two), timeout_s=30)
            await until(partial(_is_at_rest, one), timeout_s=30)


async def _are_shared(one: Any, two: Any) -> bool:
    return len(one._owner.owned) == len(two._owner.owned) == 32


async def _is_at_rest(relay: Any) -> bool:
    return not relay._published.ahead_of(relay._watermark.floors)
