"""A relay whose network is gone without a word is followed by another within 20 s, and nothing is lost, repeated or stuck."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import pytest
from chassis import ids
from chassis.db.pool import Connection
from chassis.events.relay import Relay
from support.cuttable_kafka import CuttableKafka
from support.probe import things
from support.probe.station import Station
from support.proxy import HOST, Proxy
from support.running import running
from support.wait import until

TAKE_OVER_S = 20.0
KEYS = [ids.encode("thing", UUID(int=random.getrandbits(120) << 8 | shard)) for shard in range(64)]

_SHARES = """
SELECT count(*) AS held FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND objid < 64 AND granted
AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) GROUP BY pid ORDER BY 1
"""


@dataclass
class Gate:
    """Where a relay can be held in the middle of a batch: from `close` on, whoever comes to `step` waits until `open`."""

    step: str
    waiting: int = 0
    _opened: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._opened.set()

    def close(self) -> None:
        self._opened.clear()

    def open(self) -> None:
        self._opened.set()

    async def reached(self) -> bool:
        return self.waiting > 0

    async def pass_by(self, step: str) -> None:
        if step == self.step and not self._opened.is_set():
            self.waiting += 1
            await self._opened.wait()


def through(proxy: Proxy, url: str) -> str:
    """The same address of a database, but by way of the proxy."""
    parts = urlsplit(url)
    proxy.target = parts.port or 5432
    return urlunsplit(parts._replace(netloc=f"{parts.netloc.rpartition('@')[0]}@{HOST}:{proxy.port}"))


@dataclass
class Scene:
    """Two relays that share the shards, one of them behind the proxy, and a consumer; `written` counts the steps of a thing."""

    station: Station
    connection: Connection
    proxy: Proxy
    cut_off: Relay
    written: int = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with running(self.cut_off, self.station.relay(), self.station.consumer()):
            await until(self.both_own, timeout_s=30)
            await self.write()
            await until(self.published, timeout_s=30)
            try:
                yield
            finally:
                self.proxy.heal()

    async def write(self) -> None:
        """One more event in every shard."""
        async with self.connection.transaction():
            for key in KEYS:
                await things.step(self.connection, self.station.topic, key)
        self.written += 1

    async def shares(self) -> list[int]:
        return [row["held"] for row in await self.connection.fetch(_SHARES)]

    async def both_own(self) -> bool:
        return await self.shares() == [32, 32]

    async def published(self) -> bool:
        return not await self.connection.fetchval("SELECT EXISTS (SELECT FROM outbox)")

    async def effects_are_whole(self) -> bool:
        """Every event had its effect, once and in order."""
        return await things.effects(self.connection) == {key: list(range(1, self.written + 1)) for key in KEYS}

    async def survives_a_cut(self) -> None:
        """What is written from the cut on, in any shard, is published in time and has its effects."""
        self.proxy.cut()
        deadline = time.monotonic() + TAKE_OVER_S
        for _ in range(2):
            await self.write()
            await until(self.published, timeout_s=deadline - time.monotonic())
        assert await self.shares() == [64]
        await until(self.effects_are_whole)

    async def is_whole_again(self) -> None:
        """With its network back the relay takes its share again, and what it had in its hands does no harm."""
        self.proxy.heal()
        await until(self.both_own, timeout_s=90)
        await self.write()
        await until(self.published, timeout_s=30)
        await until(self.effects_are_whole, timeout_s=30)


@pytest.mark.parametrize("step", ["", "fetched", "acknowledged"])
async def test_cut_from_postgres(station: Station, connection: Connection, step: str) -> None:
    """Also with batches under way: read but not sent, which are sent after those of the next owner; or sent but not deleted."""
    gate = Gate(step)
    async with Proxy().running() as proxy:
        relay = replace(station, url=through(proxy, station.url)).relay(failpoint=gate.pass_by)
        scene = Scene(station, connection, proxy, relay)
        async with scene.running():
            if step:
                gate.close()
                await scene.write()
                await until(gate.reached)
            await scene.survives_a_cut()
            gate.open()
            await scene.is_whole_again()


@pytest.fixture
async def proxied_kafka(tmp_path: Path) -> AsyncIterator[tuple[CuttableKafka, Proxy]]:
    async with Proxy().running() as proxy:
        broker = CuttableKafka(tmp_path / "kafka", proxy.port)
        await asyncio.to_thread(broker.start)
        proxy.target = broker.behind
        try:
            yield broker, proxy
        finally:
            await asyncio.to_thread(broker.stop)


async def test_cut_from_kafka(station: Station, connection: Connection, proxied_kafka: tuple[CuttableKafka, Proxy]) -> None:
    """It still has its database and its shards, but cannot publish: it has to let go of them."""
    broker, proxy = proxied_kafka
    straight = replace(station, bootstrap=broker.bootstrap, topic=await things.new_topic(broker.bootstrap))
    relay = replace(straight, bootstrap=f"{HOST}:{proxy.port}").relay()
    scene = Scene(straight, connection, proxy, relay)
    async with scene.running():
        await scene.survives_a_cut()
        await scene.is_whole_again()
