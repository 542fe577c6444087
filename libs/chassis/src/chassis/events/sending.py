"""A batch of outbox rows to Kafka. What fails blocks its own aggregate only.

An idempotent producer of aiokafka tries for ever and never says so. A record without acknowledgement after 8 s counts as failed,
and its topic is sent nothing more until one of them was taken: a partition without its replicas stops its topic and no other.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)

from chassis.events import envelope
from chassis.logging import fault, logger

# Faults of one record; every other fault of a send is Kafka's, and the producer is made anew.
_OF_THE_RECORD = (MessageSizeTooLargeError, TopicAuthorizationFailedError, UnknownTopicOrPartitionError, KafkaTimeoutError)
_MISSING_S, _ANSWER_S, _STOP_S = 5.0, 2.0, 3.0
BATCH_S = 8.0

Failpoint = Callable[[str], Awaitable[None]]


class Sender:
    """`source` is the CloudEvents source of every event; `failpoint` lets tests stop it at a named step."""

    def __init__(self, producer: AIOKafkaProducer, source: bytes, failpoint: Failpoint) -> None:
        self._producer, self._source, self._failpoint = producer, source, failpoint
        self._known_topics: set[str] = set()
        self._missing_topics: dict[str, float] = {}  # looked for in vain, not looked for again until then
        self._overdue: dict[str, set[asyncio.Future[Any]]] = {}  # records the producer still tries to hand over, by topic
        self._heard_at = time.monotonic()  # the last acknowledgement or answer

    async def stop(self) -> None:
        """Ends the producer, also one whose records nobody takes: they are still in the outbox."""
        try:
            await asyncio.wait_for(self._producer.stop(), _STOP_S)
        except TimeoutError:  # it waits for its records for ever; this is what it would do after that
            trying: asyncio.Task[None] = self._producer._sender.sender_task
            trying.cancel()
            await asyncio.wait([trying], timeout=_STOP_S)
            await self._producer.client.close()

    async def is_cut_off(self) -> bool:
        """Whether records are overdue and Kafka does not answer either. Asks at most every 2 s."""
        if not self._overdue or time.monotonic() - self._heard_at < BATCH_S:
            return False
        try:
            await asyncio.wait_for(self._producer.client.fetch_all_metadata(), _ANSWER_S)
        except (TimeoutError, KafkaError, OSError):
            return True
        self._heard_at = time.monotonic() - BATCH_S + _ANSWER_S
        return False

    async def send(self, rows: list[Any]) -> tuple[list[Any], list[int]]:
        """Sends in order and awaits all, for 8 s at most; returns what may be deleted and the ids that failed.

        A row behind a failed one of its aggregate is neither: it stays, even if it was acknowledged, and is sent again after it.
        Those before it that were acknowledged are done.
        """
        blocked: set[UUID] = set()
        failed: list[int] = []
        ends = time.monotonic() + BATCH_S
        sent = await self._hand_over_all(rows, blocked, failed)
        await self._failpoint("sent")
        if sent:
            await asyncio.wait([future for _, future in sent], timeout=max(0.0, ends - time.monotonic()))
        done = []
        behind: set[UUID] = set()  # of those in `blocked` no row was handed over after the refused one
        for row, future in sent:
            error = self._error_of(row["topic"], future)
            if isinstance(error, _OF_THE_RECORD):
                behind.add(row["aggregate_id"])
                self._refused(row, error, blocked, failed)
            elif error is not None:
                raise error
            elif row["aggregate_id"] not in behind:
                done.append(row)
        if done:
            self._heard_at = time.monotonic()
        return done, failed

    async def _hand_over_all(
        self, rows: list[Any], blocked: set[UUID], failed: list[int]
    ) -> list[tuple[Any, asyncio.Future[Any]]]:
        """The producer itself waits when the buffer of a partition is full."""
        sent: list[tuple[Any, asyncio.Future[Any]]] = []
        row: Any = None
        try:
            async with asyncio.timeout(BATCH_S):
                for row in rows:
                    if row["aggregate_id"] in blocked:
                        continue
                    try:
                        sent.append((row, await self._hand_over(row)))
                    except _OF_THE_RECORD as error:
                        self._refused(row, error, blocked, failed)
        except TimeoutError:
            self._refused(row, KafkaTimeoutError(), blocked, failed)
        return sent

    def _error_of(self, topic: str, future: asyncio.Future[Any]) -> Any:
        """What became of a record; None when it was acknowledged."""
        if future.done():
            return future.exception()
        if topic not in self._overdue:
            logger().error("Kafka takes no events of a topic", topic=topic)
        self._overdue.setdefault(topic, set()).add(future)
        future.add_done_callback(partial(self._no_longer_overdue, topic))
        return KafkaTimeoutError()

    def _no_longer_overdue(self, topic: str, future: asyncio.Future[Any]) -> None:
        if not future.cancelled() and future.exception() is None:
            self._heard_at = time.monotonic()
        self._overdue[topic].discard(future)
        if not self._overdue[topic]:
            del self._overdue[topic]

    async def _hand_over(self, row: Any) -> asyncio.Future[Any]:
        topic = row["topic"]
        if topic in self._overdue:
            raise KafkaTimeoutError
        if topic not in self._known_topics:
            await self._look_for(topic)
        future: asyncio.Future[Any] = await self._producer.send(
            topic, row["payload"], key=row["key"], headers=envelope.headers(self._source, row)
        )
        return future

    async def _look_for(self, topic: str) -> None:
        """A missing topic must not hold up the others, neither for a request's timeout nor once for each of its rows."""
        if self._missing_topics.get(topic, 0.0) > time.monotonic():
            raise UnknownTopicOrPartitionError(topic)
        try:
            await asyncio.wait_for(self._producer.partitions_for(topic), 0.5)
        except (TimeoutError, KafkaError):
            self._missing_topics[topic] = time.monotonic() + _MISSING_S
            raise UnknownTopicOrPartitionError(topic) from None
        self._known_topics.add(topic)

    @staticmethod
    def _refused(row: Any, error: BaseException, blocked: set[UUID], failed: list[int]) -> None:
        if row["aggregate_id"] in blocked:
            return
        blocked.add(row["aggregate_id"])
        failed.append(row["id"])
        if not isinstance(error, KafkaTimeoutError):  # told once for its topic
            about = {"topic": row["topic"], "type": row["type"], "event_id": str(row["event_id"])}
            logger().error("event refused by Kafka", **about, **fault(error))
