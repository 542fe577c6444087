"""Publishing: rows in the same transaction as the change they tell of. There is no other way to Kafka.

Update the aggregate (its version) first, append after: then the ids of one aggregate are in commit order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.message import Message

from chassis import ids, trace
from chassis.audit.trail import touched
from chassis.db.pool import Connection
from chassis.events.topics import TopicRegistry

_COLUMNS = "shard, aggregate_type, aggregate_id, aggregate_version, topic, type, key, payload, headers"
# $1 to $8, one value each: what nearly every call has, at half the cost of arrays.
_INSERT_ONE = f"INSERT INTO outbox ({_COLUMNS}) VALUES (outbox_shard($2), $1, $2, $3, $4, $5, $6, $7, $8)"  # noqa: S608
# $1 to $8, arrays of equal length.
_INSERT_MANY = f"""
INSERT INTO outbox ({_COLUMNS})
SELECT outbox_shard(e.id), e.aggregate_type, e.id, e.version, e.topic, e.type, e.key, e.payload, e.headers
FROM unnest($1::text[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::bytea[], $7::bytea[], $8::jsonb[])
    WITH ORDINALITY AS e (aggregate_type, id, version, topic, type, key, payload, headers, place)
ORDER BY e.place
"""  # noqa: S608


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


_AT_ONCE = 1_000
_held: ContextVar[tuple[Connection, list[OutboxEvent]] | None] = ContextVar("kamai_held_events", default=None)


@contextmanager
def held(connection: Connection) -> Iterator[list[OutboxEvent]]:
    """Inside, `append` keeps the last events of `connection` in the list: whoever holds them writes them with the transaction's
    last statement. Large calls do not pile them up."""
    events: list[OutboxEvent] = []
    token = _held.set((connection, events))
    try:
        yield events
    finally:
        _held.reset(token)


async def append(connection: Connection, events: Sequence[OutboxEvent]) -> None:
    """Appends in order. The caller rings the doorbell after its commit."""
    touched(event.key for event in events)
    holder, waiting = _held.get() or (None, [])
    if holder is not connection:
        await _write(connection, events)
        return
    waiting.extend(events)
    if len(waiting) > _AT_ONCE:
        await _write(connection, waiting)
        waiting.clear()


async def _write(connection: Connection, events: Sequence[OutboxEvent]) -> None:
    """In pieces, between which others have their turn."""
    for first in range(0, len(events), _AT_ONCE):
        statement, arguments = insert(events[first : first + _AT_ONCE])
        await connection.execute(statement, *arguments)


def insert(events: Sequence[OutboxEvent]) -> tuple[str, Sequence[Any]]:
    """The statement that appends `events`, at least one, with its arguments $1 to $8."""
    trail = trace.headers()
    rows = [
        (e.key.rpartition("_")[0], ids.raw(e.key), e.sequence, e.topic, e.type, e.key.encode(), e.payload, {**trail, **e.headers})
        for e in events
    ]
    if len(rows) == 1:
        return _INSERT_ONE, rows[0]
    return _INSERT_MANY, [list(column) for column in zip(*rows, strict=True)]
