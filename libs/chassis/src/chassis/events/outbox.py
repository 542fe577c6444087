"""Publishing: rows in the same transaction as the change they tell of. There is no other way to Kafka.

Update the aggregate (its version) first, append after: then the ids of one aggregate are in commit order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from google.protobuf.message import Message

from chassis import ids, trace
from chassis.db.pool import Connection
from chassis.events.topics import TopicRegistry

_APPEND = "SELECT outbox_append($1, $2, $3, $4, $5, $6, $7, $8)"


@dataclass(frozen=True, slots=True)
class OutboxEvent:
    """An event ready for the outbox. `key` is the aggregate's id as text; `sequence` its place within the aggregate, from 1."""

    topic: str
    type: str
    key: str
    sequence: int
    payload: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def event(
    registry: TopicRegistry,
    key: str,
    sequence: int,
    message: Message,
    headers: Mapping[str, str] | None = None,
) -> OutboxEvent:
    """Wraps a protobuf event for the topic it belongs to."""
    return OutboxEvent(
        registry.of(message).name,
        message.DESCRIPTOR.full_name,
        key,
        sequence,
        message.SerializeToString(deterministic=True),
        headers or {},
    )


async def append(connection: Connection, events: Sequence[OutboxEvent]) -> None:
    """Appends in order, with one statement. The caller rings the doorbell after its commit."""
    if not events:
        return
    await connection.execute(
        _APPEND,
        [e.key.rpartition("_")[0] for e in events],
        [ids.raw(e.key) for e in events],
        [e.sequence for e in events],
        [e.topic for e in events],
        [e.type for e in events],
        [e.key.encode() for e in events],
        [e.payload for e in events],
        [{**trace.headers(), **e.headers} for e in events],
    )
