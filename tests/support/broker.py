"""A broker in memory with the part of aiokafka's interface that relay and consumer use, for property tests: they need many
deliveries a second. tests/conformance holds it against the real broker."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError, MessageSizeTooLargeError, UnknownTopicOrPartitionError
from aiokafka.partitioner import DefaultPartitioner
from chassis.events.kafka import MAX_RECORD_BYTES

_partitioner = DefaultPartitioner()


@dataclass(frozen=True)
class FakeRecord:
    """As a ConsumerRecord of aiokafka."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


@dataclass
class _Group:
    members: list[FakeConsumer] = field(default_factory=list)
    committed: dict[TopicPartition, int] = field(default_factory=dict)

    def rebalance(self, broker: FakeBroker) -> None:
        """Deals out the partitions anew; every member starts at what was committed."""
        topics = sorted({topic for member in self.members for topic in member.topics})
        places = [TopicPartition(t, p) for t in topics for p in range(len(broker.logs.get(t, [])))]
        for number, member in enumerate(self.members):
            member.positions = {
                place: self.committed.get(place, 0) for n, place in enumerate(places) if n % len(self.members) == number
            }


class FakeBroker:
    """Topics are made by hand; a record stays where it is for ever."""

    def __init__(self) -> None:
        self.logs: dict[str, list[list[FakeRecord]]] = {}
        self.groups: dict[str, _Group] = {}

    def create(self, *topics: str, partitions: int = 3) -> None:
        for topic in topics:
            self.logs[topic] = [[] for _ in range(partitions)]

    def append(self, topic: str, key: bytes, value: bytes, headers: Sequence[tuple[str, bytes]]) -> FakeRecord:
        """At the end of the key's partition."""
        partition = _partitioner(key, list(range(len(self.logs[topic]))), list(range(len(self.logs[topic]))))
        log = self.logs[topic][partition]
        record = FakeRecord(topic, partition, len(log), key, value, tuple(headers))
        log.append(record)
        return record

    def producer(self, _options: Any = None, _client_id: str = "") -> FakeProducer:
        return FakeProducer(self)

    def consumer(self, _options: Any, _client_id: str, group: str, topics: Sequence[str]) -> FakeConsumer:
        return FakeConsumer(self, group, topics)


class FakeProducer:
    """Everything handed over is acknowledged in the next turn of the loop."""

    def __init__(self, broker: FakeBroker) -> None:
        self._broker = broker

    async def start(self) -> None:
        return

    async def stop(self) -> None:
        return

    async def partitions_for(self, topic: str) -> set[int]:
        if topic not in self._broker.logs:
            raise UnknownTopicOrPartitionError(topic)
        return set(range(len(self._broker.logs[topic])))

    async def send(
        self, topic: str, value: bytes, *, key: bytes, headers: Sequence[tuple[str, bytes]] = ()
    ) -> asyncio.Future[FakeRecord]:
        await self.partitions_for(topic)
        if len(value) > MAX_RECORD_BYTES - 200:
            raise MessageSizeTooLargeError("too large")
        done: asyncio.Future[FakeRecord] = asyncio.get_running_loop().create_future()
        done.set_result(self._broker.append(topic, key, value, headers))
        return done


class FakeConsumer:
    """A member of a group, from the beginning of the topics, committing only when it is told to."""

    def __init__(self, broker: FakeBroker, group: str, topics: Sequence[str]) -> None:
        self._broker, self.topics = broker, list(topics)
        self._group = broker.groups.setdefault(group, _Group())
        self.positions: dict[TopicPartition, int] = {}

    def subscribe(self, topics: Sequence[str], listener: Any = None) -> None:
        self.topics = list(topics)

    async def start(self) -> None:
        self._group.members.append(self)
        self._group.rebalance(self._broker)

    async def stop(self) -> None:
        if self in self._group.members:
            self._group.members.remove(self)
            self._group.rebalance(self._broker)

    async def getmany(self, timeout_ms: int = 0, max_records: int = 500) -> dict[TopicPartition, list[FakeRecord]]:
        """What is behind the positions, or {} after `timeout_ms`."""
        deadline = asyncio.get_running_loop().time() + timeout_ms / 1000
        while True:
            found = {place: self._take(place, max_records) for place in list(self.positions)}
            if any(found.values()) or asyncio.get_running_loop().time() >= deadline:
                return {place: records for place, records in found.items() if records}
            await asyncio.sleep(0.005)

    def _take(self, place: TopicPartition, most: int) -> list[FakeRecord]:
        start = self.positions[place]
        records = self._broker.logs[place.topic][place.partition][start : start + most]
        self.positions[place] = start + len(records)
        return records

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        if any(place not in self.positions for place in offsets):
            raise CommitFailedError("the partition belongs to another member")
        self._group.committed.update(offsets)
