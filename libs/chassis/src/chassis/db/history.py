"""Steps of state machines as rows, written in the transaction that takes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from chassis import ids
from chassis.db.pool import Connection

_INSERT = """
INSERT INTO transition (aggregate_type, aggregate_id, version, from_state, to_state, actor, reason, occurred_at)
SELECT s.aggregate_type, s.aggregate_id, s.version, s.from_state, s.to_state, $7, s.reason, $8
FROM unnest($1::text[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::text[]) WITH ORDINALITY
    AS s (aggregate_type, aggregate_id, version, from_state, to_state, reason, place)
ORDER BY s.place
"""
_LIST = """
SELECT id, version, from_state, to_state, actor, reason, occurred_at FROM transition
WHERE aggregate_id = $1 AND id > $2 ORDER BY id LIMIT $3
"""


class Step(NamedTuple):
    """One step of one aggregate: its version after it, states by name ("" before the first), and why."""

    aggregate_type: str
    aggregate_id: UUID
    version: int
    from_state: str
    to_state: str
    reason: str


def step(aggregate_id: str, version: int, from_state: str, to_state: str, reason: str) -> Step:
    """For an aggregate known by its id as text."""
    return Step(aggregate_id.rpartition("_")[0], ids.raw(aggregate_id), version, from_state, to_state, reason)


async def record(connection: Connection, steps: Sequence[Step], actor: str, at: datetime) -> None:
    """Records steps, of any number of aggregates, in their order and with one statement."""
    if steps:
        await connection.execute(_INSERT, *(list(column) for column in zip(*steps, strict=True)), actor, at)


async def steps_after(connection: Connection, aggregate_id: UUID, after: int, limit: int) -> list[Any]:
    """Rows behind number `after`, oldest first."""
    rows: list[Any] = await connection.fetch(_LIST, aggregate_id, after, limit)
    return rows
