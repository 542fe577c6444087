"""Steps of state machines as rows, written in the transaction that takes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis import ids
from chassis.db.pool import Connection

_INSERT = """
INSERT INTO transition (aggregate_type, aggregate_id, version, from_state, to_state, actor, reason, occurred_at)
SELECT $1, $2, $3, f, t, $6, r, $7
FROM unnest($4::text[], $5::text[], $8::text[]) WITH ORDINALITY AS s (f, t, r, place) ORDER BY place
"""
_LIST = """
SELECT id, version, from_state, to_state, actor, reason, occurred_at FROM transition
WHERE aggregate_id = $1 AND id > $2 ORDER BY id LIMIT $3
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: states by name ("" before the first), and why."""

    from_state: str
    to_state: str
    reason: str


async def record(
    connection: Connection, aggregate_id: str, version: int, steps: Sequence[Step], actor: str, at: datetime
) -> None:
    """Records the steps of one aggregate in their order."""
    if steps:
        await connection.execute(
            _INSERT, aggregate_id.rpartition("_")[0], ids.raw(aggregate_id), version, [s.from_state for s in steps],
            [s.to_state for s in steps], actor, at, [s.reason for s in steps],
        )  # fmt: skip


async def steps_after(connection: Connection, aggregate_id: UUID, after: int, limit: int) -> list[Any]:
    """Rows behind number `after`, oldest first."""
    rows: list[Any] = await connection.fetch(_LIST, aggregate_id, after, limit)
    return rows
