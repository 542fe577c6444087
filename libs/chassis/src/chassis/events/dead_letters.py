"""What becomes of events that cannot be handled: kept, tried again, parked or sent to the dead letter topic.

Dead letters go through the outbox like every other event, so that they cannot be lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from chassis import ids, metrics
from chassis.db.database import PLATFORM, Database, is_unreachable
from chassis.db.pool import Connection
from chassis.events import inbox, outbox
from chassis.events.doorbell import Doorbell
from chassis.events.envelope import parse
from chassis.events.inbox import Subscription, sql
from chassis.events.record import Event, Record, readable
from chassis.events.topics import TopicRegistry, UndecodableEvent
from chassis.logging import fault, logger

_POLL_S = 0.1
_GAP_CHECK_S = 5.0


async def bury_unreadable(connection: Connection, consumer: str, record: Record, error: UndecodableEvent) -> None:
    """An undecodable record goes to the dead letters at once."""
    logger().error(
        "event unreadable",
        consumer=consumer,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
    )
    reason = f"Undecodable: {error}"[:200]
    if await inbox.keep(connection, consumer, record, None, state="DEAD", error=reason, attempts=1, pause_s=0):
        await _to_dead_letter_topic(connection, consumer, record, reason, _key_of(record), 1)


async def bury(connection: Connection, subscription: Subscription, event: Event, error: UndecodableEvent) -> None:
    """An event with an unreadable payload goes to the dead letters at its turn; where order matters its key stops there."""
    consumer, record, reason = subscription.consumer, event.record, f"Undecodable: {error}"[:200]
    logger().error("event unreadable", consumer=consumer, type=event.envelope.type, key=event.key, sequence=event.sequence)
    if not await connection.fetch(sql.claim, consumer, [event.envelope.event_id]):
        return  # another member of the group was first
    await inbox.keep(connection, consumer, record, event, state="DEAD", error=reason, attempts=1, pause_s=0)
    if not subscription.ordered:
        await _move_to(connection, consumer, event.key, event.sequence)
    await _to_dead_letter_topic(connection, consumer, record, reason, _key_of(record), event.sequence)


async def _move_to(connection: Connection, consumer: str, key: str, sequence: int) -> None:
    await connection.execute(sql.open_positions, consumer, [key])
    await connection.execute(sql.move_positions, consumer, [key], [sequence])


async def keep_for_retry(connection: Connection, subscription: Subscription, event: Event, error: BaseException) -> None:
    """The first failure of an event. It is claimed in the inbox too: a repeat from Kafka has no effect beside the retry."""
    if not await connection.fetch(sql.claim, subscription.consumer, [event.envelope.event_id]):
        return  # another member of the group has handled or kept it since it failed here
    if subscription.from_any:  # the first seen of its aggregate: later ones must not count as first
        await _move_to(connection, subscription.consumer, event.key, event.sequence - 1)
    await inbox.keep(
        connection,
        subscription.consumer,
        event.record,
        event,
        state="RETRYING",
        error=type(error).__name__,
        attempts=1,
        pause_s=subscription.retry.pause_s(1),
    )


def _key_of(record: Record) -> str:
    """The aggregate's id, or for a key that is none an id made of the record's bytes."""
    key = record.key.decode("utf-8", "replace")
    with contextlib.suppress(Exception):
        ids.raw(key)
        return key
    digest = hashlib.sha256(record.key + b"\0" + record.value).digest()
    return ids.encode("unreadable", UUID(bytes=digest[:16]))


async def _to_dead_letter_topic(
    connection: Connection, consumer: str, record: Record, error: str, key: str, sequence: int,
    first_failed_at: datetime | None = None,
) -> None:  # fmt: skip
    now = datetime.now(UTC)
    headers = {readable(name.encode()): readable(value) for name, value in record.headers}
    headers |= {
        "dlt-consumer": consumer,
        "dlt-error": error[:200],
        "dlt-topic": record.topic,
        "dlt-partition": str(record.partition),
        "dlt-offset": str(record.offset),
        "dlt-first-failed": (first_failed_at or now).isoformat(),
        "dlt-last-failed": now.isoformat(),
    }
    await outbox.append(
        connection,
        [
            outbox.OutboxEvent(
                f"{record.topic}.dlt", headers.get("ce_type", "unreadable")[:200], key, sequence, record.value, headers
            )
        ],
    )


Transactions = Callable[[Callable[[Connection], Awaitable[Any]]], Awaitable[Any]]
"""Runs work in a transaction for the platform."""


class Retrier:
    """Tries kept events of one subscription again, each key in its order."""

    def __init__(
        self,
        database: Database,
        registry: TopicRegistry,
        subscription: Subscription,
        doorbell: Doorbell,
        stopping: asyncio.Event,
        transactions: Transactions,
    ) -> None:
        self._transactions = transactions
        self._database, self._registry, self._subscription = database, registry, subscription
        self._doorbell, self._stopping = doorbell, stopping

    async def run(self) -> None:
        until_gap_check = 0.0
        while not self._stopping.is_set():
            try:
                worked = await self.run_once()
                until_gap_check -= _POLL_S
                if until_gap_check <= 0:
                    until_gap_check = _GAP_CHECK_S
                    await self._alarm_gaps()
            except Exception as error:  # a retrier that dies would leave its keys stopped for ever
                logger().warning("retry pass failed", consumer=self._subscription.consumer, **fault(error))
                worked = 0
            if not worked:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), _POLL_S)

    async def run_once(self) -> int:
        """One pass over the due keys; returns how many events left the queue."""
        keys = await self._database.pool.fetch(
            sql.due_keys, self._subscription.consumer, self._subscription.from_any, self._subscription.final_types
        )
        done = 0
        for row in keys:
            try:
                while await self._next_of_key(row["key"]):
                    done += 1
            except Exception as error:
                if not await self._database.answers():
                    raise
                logger().warning("retry of a key failed", consumer=self._subscription.consumer, key=row["key"], **fault(error))
        return done

    async def _next_of_key(self, key: str) -> bool:
        """Handles the key's first kept event; False when there is none due, or it failed again."""
        taken: list[Any] = []

        async def work(connection: Connection) -> bool:
            taken.clear()
            name = self._subscription.consumer
            await inbox.lock_positions(connection, name, [key])  # before its events, as the consumer does
            if await connection.fetchval(sql.pass_discarded, name, key):
                return True
            row = await connection.fetchrow(sql.lock_next_of_key, name, key, self._subscription.final_types)
            if row is None:
                return False
            taken.append(row)
            return await self._handle_kept(connection, row)

        try:
            handled: bool = await self._transactions(work)
            self._doorbell.ring()
            return handled
        except Exception as error:
            if not taken or (is_unreachable(error) and not await self._database.answers()):
                raise
            row, failure = taken[0], error
            await self._database.run(lambda connection: self._failed_again(connection, row, failure), tenant=PLATFORM)
            self._doorbell.ring()
            return False

    async def _handle_kept(self, connection: Connection, row: Any) -> bool:
        record = Record.kept(row)
        envelope = parse(record.headers)
        event = Event(record, envelope, self._registry.decode(envelope.type, record.value))
        last = (await inbox.lock_positions(connection, self._subscription.consumer, [event.key]))[event.key]
        late = event.sequence <= last  # went to the dead letters before, and its key went on
        if not self._subscription.has_turn(event, last):
            return False  # its gap has not closed
        if not late or row["state"] == "RETRYING":
            await connection.fetch(sql.claim, self._subscription.consumer, [envelope.event_id])
            await inbox.take_effect(connection, self._subscription, event)
            await connection.execute(sql.move_positions, self._subscription.consumer, [event.key], [event.sequence])
        await connection.execute(sql.resolve, row["id"])
        return True

    async def _failed_again(self, connection: Connection, row: Any, error: BaseException) -> None:
        """Another try later; out of tries the key is parked, or the event given to the dead letters."""
        failures = row["attempts"] + 1
        metrics.EVENT_FAILURES.labels(self._subscription.consumer).inc()
        name = f"Undecodable: {error}"[:200] if isinstance(error, UndecodableEvent) else type(error).__name__
        if not self._subscription.retry.exhausted(failures):
            await connection.execute(sql.fail_again, row["id"], "RETRYING", name, self._subscription.retry.pause_s(failures))
            return
        state = "PARKED" if self._subscription.ordered else "DEAD"
        if not await connection.fetchval(sql.fail_again, row["id"], state, name, 0):
            return
        logger().error(
            "event given up",
            consumer=self._subscription.consumer,
            type=row["type"],
            key=row["key"],
            state=state,
            **fault(error),
        )
        if self._subscription.ordered:
            metrics.STOPPED_KEYS.labels(self._subscription.consumer).inc()
            return
        record = Record.kept(row)
        await connection.execute(sql.move_positions, self._subscription.consumer, [row["key"]], [row["sequence"]])
        await _to_dead_letter_topic(
            connection, self._subscription.consumer, record, name, _key_of(record), row["sequence"], row["first_failed_at"]
        )

    async def _alarm_gaps(self) -> None:
        for row in await self._database.pool.fetch(
            sql.alarm_gaps, self._subscription.consumer, self._subscription.retry.gap_alarm_s
        ):
            metrics.STOPPED_KEYS.labels(self._subscription.consumer).inc()
            logger().error(
                "event missing",
                consumer=self._subscription.consumer,
                key=row["key"],
                sequence=row["sequence"],
            )
