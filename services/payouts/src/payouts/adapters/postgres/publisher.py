"""Events of aggregates to the outbox, and steps of state machines to their history, many at a time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from chassis.db import history
from chassis.db.history import Step
from chassis.db.pool import Connection
from chassis.events import outbox
from chassis.events.outbox import OutboxEvent


class Codec(Protocol):
    def encode(self, events: Sequence[object]) -> list[OutboxEvent]:
        """Domain events as rows for the outbox, in their order."""
        ...


class Publisher:
    def __init__(self, connection: Connection, codec: Codec, actor: str, now: datetime) -> None:
        self._connection, self._codec, self._actor, self._now = connection, codec, actor, now

    async def publish(self, events: Sequence[object]) -> None:
        await outbox.append(self._connection, self._codec.encode(events))

    async def record(self, steps: Sequence[Step]) -> None:
        await history.record(self._connection, steps, self._actor, self._now)
