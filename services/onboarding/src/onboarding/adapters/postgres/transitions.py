"""Steps of state machines of many aggregates with one statement; chassis.db.history takes one aggregate at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chassis import ids
from chassis.db.pool import Connection

from onboarding.adapters.postgres.rows import Scope, sql


@dataclass(frozen=True, slots=True)
class Step:
    """from_state is "" before the first; version is that of the aggregate after the step."""

    aggregate_id: str
    version: int
    from_state: str
    to_state: str
    reason: str


async def record(connection: Connection, steps: Sequence[Step], scope: Scope) -> None:
    if not steps:
        return
    await connection.execute(
        sql.insert_transitions, [s.aggregate_id.rpartition("_")[0] for s in steps], [ids.raw(s.aggregate_id) for s in steps],
        [s.version for s in steps], [s.from_state for s in steps], [s.to_state for s in steps], [s.reason for s in steps],
        scope.actor, scope.now,
    )  # fmt: skip
