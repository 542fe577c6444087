"""Whom the register of the erased names is taken in before anybody is served."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import pytest
from aiokafka.errors import KafkaConnectionError
from chassis import erasure_sweep
from chassis.audit.working import Working
from chassis.db.database import Database
from chassis.db.pool import Connection
from chassis.erasure_sweep import ErasureSweep, erased_in
from chassis.events.whole_topic import TakeIn
from chassis.ids import RandomIds, raw
from kamai.onboarding.v1 import events_pb2

FIRST, SECOND = (RandomIds().new("contractor") for _ in range(2))


def named(*contractors: str) -> list[events_pb2.ErasureRegistered]:
    return [events_pb2.ErasureRegistered(contractor_id=each) for each in contractors]


def test_one_that_names_nobody_hides_no_other() -> None:
    """Something else in the register is passed over."""
    assert erased_in(named(FIRST, "contractor_nobody", "", "org_01h455vb4pex5vsknk084sn02q", SECOND)) == [raw(FIRST), raw(SECOND)]
    assert erased_in([]) == []


async def test_a_server_waits_for_the_register(transactions: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """While Kafka is away it goes on asking; then everybody named is erased, and only then it serves."""
    monkeypatch.setattr(erasure_sweep, "_AGAIN_S", 0.01)
    asked, done = [], []

    async def register(take_in: TakeIn) -> None:
        asked.append(len(done))
        if len(asked) < 4:
            raise KafkaConnectionError
        await take_in(named(FIRST, "nobody"))
        await take_in(named(SECOND))

    async def again(_uow: Connection, _after: UUID | None) -> None:
        done.append("own register")

    async def registered(_uow: Connection, contractors: Collection[UUID]) -> int:
        done.extend(contractors)
        return len(contractors)

    working = Working(transactions, lambda content: content[:1])
    await ErasureSweep(working, "erasure", lambda connection, _actor: connection, register, again, registered).settle()
    assert asked == [1, 1, 1, 1]
    assert done == ["own register", raw(FIRST), raw(SECOND)]
