"""By the clock: whoever was erased stays so, whatever backup was restored."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any, Generic, TypeVar
from uuid import UUID

from aiokafka.errors import KafkaError
from google.protobuf.message import Message

from chassis.audit.working import Working
from chassis.db.pool import Connection
from chassis.errors import InvalidFields
from chassis.events.whole_topic import ReadWhole
from chassis.ids import decode
from chassis.logging import fault, logger
from chassis.schedules import Schedule

HOUR_S, _AGAIN_S = 3600.0, 5.0
U = TypeVar("U")


class ErasureSweep(Generic[U]):
    """Erases again who was erased: at the start of the workers, and every hour.

    `register` reads onboarding's, whose messages name a contractor each. The service's use cases: `again` does a batch of its own
    register behind an id and returns its last one, None at the end; `registered` erases whom its own register does not name.
    """

    def __init__(
        self, working: Working, part: str, make: Callable[[Connection, str], U], register: ReadWhole,
        again: Callable[[U, UUID | None], Awaitable[UUID | None]], registered: Callable[[U, Collection[UUID]], Awaitable[int]],
    ) -> None:  # fmt: skip
        self._working, self._part, self._make, self._register = working, part, make, register
        self._again, self._registered = again, registered

    def schedules(self) -> list[Schedule]:
        """Apart, so that the one goes on without Kafka."""
        return [Schedule("erasure", HOUR_S, self.run), Schedule("erasure-register", HOUR_S, self.follow)]

    async def settle(self) -> None:
        """Both once, however long Kafka is away: nobody is served from a restored backup before it forgot whom it must."""
        await self.run()
        while True:
            try:
                await self.follow()
                return
            except KafkaError as error:
                logger().error("waits for the register of the erased: Kafka does not answer", **fault(error))
                await asyncio.sleep(_AGAIN_S)

    async def run(self) -> bool:
        last = await self._batch(None)
        while last is not None:
            last = await self._batch(last)
        return False

    async def follow(self) -> bool:
        await self._register(self._take_in)
        return False

    async def _take_in(self, messages: Sequence[Message]) -> None:
        if not (found := erased_in(messages)):
            return
        if count := await self._working.run(self._part, lambda connection: self._registered(self._uow(connection), found)):
            logger().warning("contractors erased before had come back and were erased again", count=count)

    async def _batch(self, after: UUID | None) -> UUID | None:
        return await self._working.run(self._part, lambda connection: self._again(self._uow(connection), after))

    def _uow(self, connection: Connection) -> U:
        return self._make(connection, f"system:{self._part}")


def erased_in(messages: Sequence[Any]) -> list[UUID]:
    """Contractors whom messages of the register name. One that names nobody must not hide the others."""
    found = []
    for message in messages:
        try:
            found.append(decode(message.contractor_id, "contractor"))
        except InvalidFields:
            logger().error("the register of the erased names nobody", name=type(message).__name__)
    return found
