"""A batch of outbox rows to Kafka. What fails blocks its own aggregate only."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    KafkaError,
    MessageSizeTooLargeError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)

from chassis.events import envelope
from chassis.logging import fault, logger

# Faults of one record; every other fault of a send is Kafka's, and the producer is made anew.
_OF_THE_RECORD = (MessageSizeTooLargeError, TopicAuthorizationFailedError, UnknownTopicOrPartitionError)
_MISSING_S = 5.0

Failpoint = Callable[[str], Awaitable[None]]


class Sender:
    """`source` is the CloudEvents source of every event; `failpoint` lets tests stop it at a named step."""

    def __init__(self, producer: AIOKafkaProducer, source: bytes, failpoint: Failpoint) -> None:
        self._producer, self._source, self._failpoint = producer, source, failpoint
        self._known_topics: set[str] = set()
        self._missing_topics: dict[str, float] = {}  # looked for in vain, not looked for again until then

    async def send(self, rows: list[Any]) -> tuple[list[Any], list[int]]:
        """Sends in order and awaits all; returns what may be deleted and the ids that failed.

        A row behind a failed one of its aggregate is neither: it stays, even if it was acknowledged, and is sent again after it.
        """
        blocked: set[UUID] = set()
        failed: list[int] = []
        sent: list[tuple[Any, asyncio.Future[Any]]] = []
        for row in rows:
            if row["aggregate_id"] in blocked:
                continue
            try:
                sent.append((row, await self._hand_over(row)))
            except _OF_THE_RECORD as error:
                self._refused(row, error, blocked, failed)
        await self._failpoint("sent")
        results = await asyncio.gather(*(future for _, future in sent), return_exceptions=True)
        done = []
        for (row, _), result in zip(sent, results, strict=True):
            if isinstance(result, _OF_THE_RECORD):
                self._refused(row, result, blocked, failed)
            elif isinstance(result, BaseException):
                raise result
            elif row["aggregate_id"] not in blocked:
                done.append(row)
        return done, failed

    async def _hand_over(self, row: Any) -> asyncio.Future[Any]:
        topic = row["topic"]
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
        if row["aggregate_id"] not in blocked:
            blocked.add(row["aggregate_id"])
            failed.append(row["id"])
            logger().error(
                "event refused by Kafka",
                topic=row["topic"],
                type=row["type"],
                event_id=str(row["event_id"]),
                **fault(error),
            )
