"""Random histories of writers, relays and consumers: every committed step has its effect once and in the order of its thing.

Real Postgres, the broker in memory. Relay and consumer are driven step by step, so that a crash can fall at any failpoint.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import pytest
from chassis import ids
from chassis.db.database import Database
from chassis.db.pool import Connection, connect, create_pool
from chassis.events.consumer import Consumer
from chassis.events.doorbell import Doorbell
from chassis.events.record import Event, Record
from chassis.events.relay import _FETCH, Relay
from chassis.events.retry import RetryPolicy
from chassis.events.sending import Sender
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test
from support.broker import FakeBroker
from support.databases import Templates
from support.probe import things

T = TypeVar("T")
TOPIC = "machine"
KEYS, PARTITIONS = 3, 2
FOR_EVER = RetryPolicy(tries=10**6, first_s=0, longest_s=0)


class Crash(BaseException):
    """The process is gone: nothing catches this."""


class World:
    """What outlives the examples: loop, database, pool."""

    def __init__(self, templates: Templates) -> None:
        self.loop = asyncio.Runner()
        self._database = templates.database("probe", things.PACKAGE)
        self.url = self.run(self._database.__aenter__()).app_url
        self.pool: asyncpg.Pool[Any] = self.run(create_pool(self.url, "machine", 8))
        self.look: Connection = self.run(connect(self.url, "look"))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run(work)

    def close(self) -> None:
        self.run(self.look.close())
        self.run(self.pool.close())
        self.run(self._database.__aexit__(None, None, None))
        self.loop.close()

    async def clean(self) -> None:
        for table in ("outbox", "inbox", "inbox_position", "failed_event", "effect", "thing"):
            await self.look.execute(f"DELETE FROM {table}")


class History(RuleBasedStateMachine):
    """One history."""

    world: World

    @initialize()
    def begin(self) -> None:
        self.world.run(self.world.clean())
        self.broker = FakeBroker()
        self.broker.create(TOPIC, f"{TOPIC}.dlt", partitions=PARTITIONS)
        self.keys = [ids.encode("thing", UUID(int=number)) for number in range(KEYS)]  # fixed, and so are shards and partitions
        self.committed = dict.fromkeys(self.keys, 0)
        self.open: dict[str, tuple[Any, Any, int]] = {}
        self.read_up_to = [0] * PARTITIONS  # committed offsets, by partition
        self.failures = dict.fromkeys(self.keys, 0)
        self.zombie: list[Any] = []
        self.crash_at = ""
        self.relay, self.consumer = self._relay(), self._consumer()

    async def _failpoint(self, step: str) -> None:
        if step == self.crash_at:
            self.crash_at = ""
            raise Crash

    def _relay(self) -> Relay:
        relay = Relay(self.world.url, "probe", {}, "/machine", batch=4, failpoint=self._failpoint)
        relay._sender = Sender(self.broker.producer(), b"probe", relay._failpoint)  # as _publish does, without its loop
        return relay

    def _consumer(self) -> Consumer:
        subscription = things.subscription(TOPIC, self._handle, retry=FOR_EVER)
        doorbell = Doorbell(self.world.url, "probe")
        return Consumer(Database(self.world.pool), things.registry(TOPIC), subscription, {}, doorbell, failpoint=self._failpoint)

    async def _handle(self, connection: Connection, event: Event) -> None:
        await things.note(connection, event)
        if self.failures[event.key] > 0:
            self.failures[event.key] -= 1
            raise RuntimeError("not now")

    # writers

    @rule(number=st.integers(0, KEYS - 1), count=st.integers(1, 3))
    def write(self, number: int, count: int) -> None:
        """A transaction that commits at once."""
        if (key := self.keys[number]) not in self.open:
            self.world.run(self._write(key, count))
            self.committed[key] += count

    async def _write(self, key: str, count: int) -> None:
        async with self.world.pool.acquire() as connection, connection.transaction():
            await things.step(connection, TOPIC, key, count)

    @rule(number=st.integers(0, KEYS - 1), count=st.integers(1, 2))
    def write_slowly(self, number: int, count: int) -> None:
        """A transaction that has drawn its ids and commits some other time."""
        if (key := self.keys[number]) not in self.open:
            self.open[key] = self.world.run(self._open(key, count))

    async def _open(self, key: str, count: int) -> tuple[Any, Any, int]:
        connection = await self.world.pool.acquire()
        transaction = connection.transaction()
        await transaction.start()
        await things.step(connection, TOPIC, key, count)
        return connection, transaction, count

    @precondition(lambda self: self.open)
    @rule(which=st.integers(0, KEYS - 1), commits=st.booleans())
    def end_slow_write(self, which: int, commits: bool) -> None:
        self._end(sorted(self.open)[which % len(self.open)], commits)

    def _end(self, key: str, commits: bool) -> None:
        connection, transaction, count = self.open.pop(key)
        self.world.run(transaction.commit() if commits else transaction.rollback())
        self.world.run(self.world.pool.release(connection))
        self.committed[key] += count if commits else 0

    # relays

    @rule(crash_at=st.sampled_from(["", "", "fetched", "sent", "acknowledged", "deleted"]))
    def relay_passes(self, crash_at: str) -> None:
        """One batch of every shard that has rows, and a step of the watermark; a crash makes a new relay."""
        self.crash_at = crash_at
        try:
            self.world.run(self._drain())
        except Crash:
            self.relay = self._relay()
        self.crash_at = ""

    async def _drain(self) -> None:
        for row in await self.world.look.fetch("SELECT DISTINCT shard FROM outbox ORDER BY shard"):
            await self.relay._drain(self.world.pool, row["shard"])
        await self.relay._watermark.advance(self.world.look, set(range(64)))

    @rule()
    def relay_is_stopped(self) -> None:
        """A relay reads a batch and then stands still; another one goes on."""
        self.zombie = self.world.run(self._fetch())

    async def _fetch(self) -> list[Any]:
        shards = await self.world.look.fetch("SELECT DISTINCT shard FROM outbox ORDER BY shard")
        return [row for s in shards for row in await self.world.pool.fetch(_FETCH, s["shard"], 0, 4)]

    @rule()
    def stopped_relay_goes_on(self) -> None:
        """It sends what it had read, long after the others did."""
        rows, self.zombie = self.zombie, []
        self.world.run(self._relay()._sender.send(rows))

    # broker and consumers

    @rule(which=st.integers(0, 1000))
    def a_record_is_repeated(self, which: int) -> None:
        """The producer's retry puts a record on the log twice."""
        if records := [record for log in self.broker.logs[TOPIC] for record in log]:
            record = records[which % len(records)]
            self.broker.append(TOPIC, record.key or b"", record.value or b"", record.headers)

    @rule(
        count=st.integers(1, 8),
        failing=st.dictionaries(st.integers(0, KEYS - 1), st.integers(1, 3)),
        crash_at=st.sampled_from(["", "", "handled", "committed"]),
    )
    def consume(self, count: int, failing: dict[int, int], crash_at: str) -> None:
        """A batch of each partition, with things whose handler fails the next times; a crash brings the batch again."""
        self.crash_at = crash_at
        for number, times in failing.items():
            self.failures[self.keys[number]] = times
        for partition in range(PARTITIONS):
            start = self.read_up_to[partition]
            records = [Record.of(raw) for raw in self.broker.logs[TOPIC][partition][start : start + count]]
            try:
                self.world.run(self._consume(records))
                self.read_up_to[partition] = start + len(records)
            except Crash:
                self.consumer = self._consumer()
        self.crash_at = ""

    async def _consume(self, records: list[Record]) -> None:
        if records:
            await self.consumer._process(records)
            await self._failpoint("committed")

    @rule(back=st.integers(1, 10))
    def offsets_fall_back(self, back: int) -> None:
        """A rebalance or a lost commit: records are read again."""
        self.read_up_to = [max(0, offset - back) for offset in self.read_up_to]

    @rule()
    def retry(self) -> None:
        self.world.run(self.consumer.retrier.run_once())

    # what must hold

    def _effects(self) -> dict[str, list[int]]:
        return self.world.run(things.effects(self.world.look))

    @invariant()
    def effects_are_in_order_and_single(self) -> None:
        """At any moment the effects of a thing are its first steps, each once."""
        if hasattr(self, "keys"):
            for key, found in self._effects().items():
                assert found == list(range(1, len(found) + 1))
                assert len(found) <= self.committed[key]

    def teardown(self) -> None:
        """Once everything has come to rest, every committed step has had its effect."""
        if not hasattr(self, "keys"):
            return
        for key in list(self.open):
            self._end(key, commits=True)
        self.failures = dict.fromkeys(self.keys, 0)
        for _ in range(100):
            if not self.world.run(self.world.look.fetchval("SELECT EXISTS (SELECT FROM outbox)")):
                break
            self.world.run(self._drain())
        self.consume(max(map(len, self.broker.logs[TOPIC])), {}, "")
        while self.world.run(self.consumer.retrier.run_once()):
            pass
        expected = {key: list(range(1, count + 1)) for key, count in self.committed.items() if count}
        assert self._effects() == expected


@pytest.fixture
def world(templates: Templates) -> Iterator[World]:
    made = World(templates)
    yield made
    made.close()


@pytest.mark.timeout(240)
def test_any_history_has_every_effect_once(world: World) -> None:
    """Late commits, rollbacks, crashes at every failpoint, zombies, repeats, failing handlers, in any order."""
    History.world = world
    run_state_machine_as_test(
        History,
        settings=settings(
            max_examples=60,
            stateful_step_count=60,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
            phases=(Phase.explicit, Phase.generate),  # shrinking would outlast the test's time: the long version does it
        ),
    )


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_many_histories(world: World) -> None:
    """The same, for longer and at random."""
    History.world = world
    run_state_machine_as_test(
        History,
        settings=settings(max_examples=600, stateful_step_count=80, suppress_health_check=list(HealthCheck)),
    )
