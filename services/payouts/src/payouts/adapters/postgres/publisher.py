"""Events of aggregates to the outbox, and steps of state machines to their history, many at a time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from chassis.db.pool import Connection
from chassis.events import outbox
from chassis.events.outbox import OutboxEvent

from payouts.adapters.postgres.sql import sql


class Codec(Protocol):
    def encode(self, events: Sequence[object]) -> list[OutboxEvent]:
        """Domain events as rows for the outbox, in their order."""
        ...


class Publisher:
    def __init__(self, connection: Connection, codec: Codec, actor: str, now: datetime) -> None:
        self._connection, self._codec, self._actor, self._now = connection, codec, actor, now

    async def publish(self, events: Sequence[object]) -> None:
        await outbox.append(self._connection, self._codec.encode(events))

    async def record(self, steps: Sequence[tuple[str, UUID, int, str, str, str]]) -> None:
        """Steps as (aggregate type, id, version after, from, to, reason), with one statement."""
        if steps:
            types, aggregates, versions, before, after, reasons = (list(column) for column in zip(*steps, strict=True))
            await self._connection.execute(
                sql.insert_transitions, types, aggregates, versions, before, after, reasons, self._actor, self._now
            )
