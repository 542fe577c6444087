"""Kafka to handlers: a batch in one transaction, offsets committed after it.

When a handler fails the batch is rolled back and run again in halves, so that the poisoned event is kept aside and delays no
other key. What was kept is tried again from the database, not from Kafka.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener
from aiokafka.errors import CommitFailedError, IllegalStateError

from chassis import metrics
from chassis.audit.working import Working
from chassis.db.database import PLATFORM, Database, is_unreachable
from chassis.events import dead_letters, envelope, inbox, kafka
from chassis.events.dead_letters import Transactions
from chassis.events.doorbell import Doorbell
from chassis.events.inbox import Outcome, Subscription
from chassis.events.record import Event, Record
from chassis.events.topics import TopicRegistry, UndecodableEvent
from chassis.logging import fault, logger

Failpoint = Callable[[str], Awaitable[None]]


async def _no_failpoint(_step: str) -> None:
    return


class Consumer:
    """One subscription in one process; more processes share its partitions."""

    def __init__(
        self, database: Database, registry: TopicRegistry, subscription: Subscription, kafka_options: dict[str, Any],
        doorbell: Doorbell,
        *, working: Working | None = None, failpoint: Failpoint = _no_failpoint,
    ) -> None:  # fmt: skip
        """`working`: so that what handlers change is in the audit trail."""
        self._transactions = _transactions(database, subscription.consumer, working)
        self._database, self._registry, self._subscription = database, registry, subscription
        self._options, self._doorbell, self._failpoint = kafka_options, doorbell, failpoint
        self._stopping = asyncio.Event()
        self.retrier = dead_letters.Retrier(database, registry, subscription, doorbell, self._stopping, self._transactions)

    async def stop(self) -> None:
        """Takes no further batch; `run` ends once the one under way is committed."""
        self._stopping.set()

    async def run(self) -> None:
        """Consumes until stopped. Faults of Kafka or Postgres are waited out; nothing is committed that was not done."""
        retrier = asyncio.create_task(self.retrier.run(), name=f"retry-{self._subscription.consumer}")
        try:
            while not self._stopping.is_set():
                try:
                    await self._consume()
                except Exception as error:  # a consumer that dies would look like one that has nothing to do
                    logger().warning("consumer starts again", consumer=self._subscription.consumer, **fault(error))
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._stopping.wait(), 0.5)
        finally:
            retrier.cancel()
            await asyncio.gather(retrier, return_exceptions=True)

    async def _consume(self) -> None:
        client = kafka.consumer(self._options, self._subscription.consumer, self._subscription.consumer, ())
        client.subscribe(list(self._subscription.topics), listener=_LogRebalance(self._subscription.consumer))
        await client.start()
        try:
            while not self._stopping.is_set():
                batches = await client.getmany(timeout_ms=200, max_records=500)
                for partition, raw in batches.items():
                    await self._process([Record.of(r) for r in raw])
                    await self._failpoint("committed")
                    await self._commit(client, {partition: raw[-1].offset + 1})
        finally:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(client.stop(), 5)

    async def _commit(self, client: AIOKafkaConsumer, offsets: dict[Any, int]) -> None:
        """A partition that has moved on meanwhile is handled again elsewhere: the inbox drops it."""
        with contextlib.suppress(CommitFailedError, IllegalStateError):
            await client.commit(offsets)

    async def _process(self, records: Sequence[Record]) -> None:
        """All records have their effect, or are kept aside, once this returns."""
        events, unreadable = self._decode(records)
        for record, error in unreadable:
            bury = partial(dead_letters.bury_unreadable, consumer=self._subscription.consumer, record=record, error=error)
            await self._in_transaction(bury)
            metrics.HANDLED.labels(self._subscription.consumer, Outcome.DEAD).inc()
        if events:
            await self._isolate(events)

    def _decode(self, records: Sequence[Record]) -> tuple[list[Event], list[tuple[Record, UndecodableEvent]]]:
        events: list[Event] = []
        unreadable: list[tuple[Record, UndecodableEvent]] = []
        for record in records:
            try:
                events.append(decode(self._registry, record))
            except UndecodableEvent as error:
                unreadable.append((record, error))
        return events, unreadable

    async def _handle(self, events: Sequence[Event]) -> None:
        async def work(connection: Any) -> list[Outcome]:
            outcomes = await inbox.handle_batch(connection, self._subscription, events)
            await self._failpoint("handled")
            return outcomes

        for outcome in await self._in_transaction(work):
            metrics.HANDLED.labels(self._subscription.consumer, outcome).inc()

    async def _isolate(self, events: Sequence[Event]) -> None:
        """Handles all in one transaction; when one fails, half by half: the others are soon done and only that one is kept aside.
        Later events of its key wait behind it."""
        try:
            await self._handle(events)
        except Exception as error:
            # a handler's own fault can look like the database's: asking it tells them apart
            if is_unreachable(error) and not await self._database.answers():
                raise
            if len(events) == 1:
                await self._set_aside(events[0], error)
                return
            middle = len(events) // 2
            await self._isolate(events[:middle])
            await self._isolate(events[middle:])

    async def _set_aside(self, event: Event, error: Exception) -> None:
        name = self._subscription.consumer
        if isinstance(error, UndecodableEvent):
            await self._in_transaction(partial(dead_letters.bury, subscription=self._subscription, event=event, error=error))
            metrics.HANDLED.labels(name, Outcome.DEAD).inc()
            return
        logger().warning(
            "event failed", consumer=name, type=event.envelope.type, key=event.key, sequence=event.sequence, **fault(error)
        )
        metrics.EVENT_FAILURES.labels(name).inc()
        await self._in_transaction(
            partial(dead_letters.keep_for_retry, subscription=self._subscription, event=event, error=error)
        )

    async def _in_transaction(self, work: Callable[[Any], Awaitable[Any]]) -> Any:
        result = await self._transactions(work)
        self._doorbell.ring()
        return result


def _transactions(database: Database, consumer: str, working: Working | None) -> Transactions:
    if working is not None:
        return partial(working.run, consumer)
    return partial(database.run, tenant=PLATFORM)


def decode(registry: TopicRegistry, record: Record) -> Event:
    """Raises UndecodableEvent when the headers cannot be read; an unreadable payload keeps its place in its aggregate."""
    head = envelope.parse(record.headers)
    try:
        return Event(record, head, registry.decode(head.type, record.value))
    except UndecodableEvent as error:
        return Event(record, head, None, error)


class _LogRebalance(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    def __init__(self, consumer: str) -> None:
        self._consumer = consumer

    async def on_partitions_revoked(self, revoked: Any) -> None:
        return

    async def on_partitions_assigned(self, assigned: Any) -> None:
        logger().info("partitions assigned", consumer=self._consumer, count=len(assigned))
