"""By the clock: whoever was erased stays so, whatever backup was restored."""

from collections.abc import Sequence
from typing import cast
from uuid import UUID

from chassis.audit.working import Working
from chassis.events.whole_topic import ReadWhole
from chassis.ids import decode
from chassis.logging import logger
from chassis.schedules import Schedule
from google.protobuf.message import Message
from kamai.onboarding.v1 import events_pb2 as onboarding

from payouts.app.erasure.erase_again import erase_again, erase_registered
from payouts.entrypoints.event_handlers import MakeSystemUow

HOUR_S = 3600.0
PART = "payouts.erasure"
ACTOR = f"system:{PART}"


class ErasureSweep:
    """Erases again who was erased: at the start of the workers, and every hour. `register` reads onboarding's."""

    def __init__(self, working: Working, make: MakeSystemUow, register: ReadWhole) -> None:
        self._working, self._make, self._register = working, make, register

    def schedules(self) -> list[Schedule]:
        """Apart, so that the one goes on without Kafka."""
        return [Schedule("erasure", HOUR_S, self.run), Schedule("erasure-register", HOUR_S, self.follow)]

    async def run(self) -> bool:
        last = await self._batch(None)
        while last is not None:
            last = await self._batch(last)
        return False

    async def follow(self) -> bool:
        await self._register(self._take_in)
        return False

    async def _take_in(self, messages: Sequence[Message]) -> None:
        found = [decode(cast(onboarding.ErasureRegistered, each).contractor_id, "contractor") for each in messages]
        if count := await self._working.run(PART, lambda connection: erase_registered(self._make(connection, ACTOR), found)):
            logger().warning("contractors erased before had come back and were erased again", count=count)

    async def _batch(self, after: UUID | None) -> UUID | None:
        return await self._working.run(PART, lambda connection: erase_again(self._make(connection, ACTOR), after))
