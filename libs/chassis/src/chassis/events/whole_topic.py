"""Reading a compacted topic from its beginning to its end: what Kafka keeps there outlives every database, and its backups."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from aiokafka.errors import KafkaTimeoutError
from google.protobuf.message import Message

from chassis.events import envelope, kafka
from chassis.events.record import Record
from chassis.events.topics import TopicRegistry, UndecodableEvent
from chassis.logging import logger

_AT_ONCE, _SILENCE_S = 500, 15.0

TakeIn = Callable[[Sequence[Message]], Awaitable[None]]
ReadWhole = Callable[[TakeIn], Awaitable[None]]


async def read_whole(options: dict[str, Any], registry: TopicRegistry, topic: str, take_in: TakeIn) -> None:
    """Gives all messages that are on `topic` now to `take_in`, in batches. Raises KafkaError."""
    client = kafka.consumer(options, f"whole-{topic}", None, [topic])
    await client.start()
    try:
        ends = await client.end_offsets(client.assignment())
        heard_at = time.monotonic()
        while [partition for partition, end in ends.items() if await client.position(partition) < end]:
            batches = await client.getmany(timeout_ms=200, max_records=_AT_ONCE)
            if messages := _messages(registry, [record for batch in batches.values() for record in batch]):
                await take_in(messages)
            if batches:
                heard_at = time.monotonic()
            elif time.monotonic() - heard_at > _SILENCE_S:
                raise KafkaTimeoutError(f"nothing more comes from {topic}")
    finally:
        await client.stop()


def _messages(registry: TopicRegistry, records: Sequence[Any]) -> list[Message]:
    """One that cannot be read must not hide the others."""
    found = []
    for record in (Record.of(each) for each in records if each.value is not None):
        try:
            message = registry.decode(envelope.parse(record.headers).type, record.value)
        except UndecodableEvent:
            logger().error("event unreadable", topic=record.topic, partition=record.partition, offset=record.offset)
            continue
        if message is not None:
            found.append(message)
    return found
