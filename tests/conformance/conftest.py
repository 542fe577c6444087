"""Every test of this folder runs twice: against the real broker and against the one in memory."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from chassis.db.database import Database
from chassis.db.pool import Connection, connect, create_pool
from chassis.events import kafka as clients
from support.broker import FakeBroker
from support.databases import Templates
from support.probe import things
from support.probe.station import Station


@dataclass(frozen=True)
class Broker:
    """Clients of one of the two brokers."""

    bootstrap: str
    fake: FakeBroker | None

    def producer(self) -> Any:
        return self.fake.producer() if self.fake else clients.producer(things.options(self.bootstrap), "test")

    def consumer(self, group: str, topic: str) -> Any:
        make = self.fake.consumer if self.fake else clients.consumer
        client: Any = make(things.options(self.bootstrap), "test", group, [])
        client.subscribe([topic])
        return client

    async def topic(self) -> str:
        """A new topic of three partitions, with its dead letter topic."""
        if self.fake is None:
            return await things.new_topic(self.bootstrap)
        name = f"probe-{secrets.token_hex(4)}"
        self.fake.create(name, f"{name}.dlt")
        return name


@pytest.fixture(params=["real", "fake"])
def broker(request: pytest.FixtureRequest) -> Broker:
    if request.param == "fake":
        return Broker("", FakeBroker())
    return Broker(request.getfixturevalue("kafka"), None)


@pytest.fixture
async def station(broker: Broker, templates: Templates, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Station]:
    """Relays and consumers that talk to the broker of the test."""
    if broker.fake:
        monkeypatch.setattr(clients, "producer", broker.fake.producer)
        monkeypatch.setattr(clients, "consumer", broker.fake.consumer)
    async with templates.database("probe", things.PACKAGE) as made:
        pool = await create_pool(made.app_url, "test", 16)
        yield Station(await broker.topic(), broker.bootstrap, made.app_url, Database(pool))
        await pool.close()


@pytest.fixture
async def connection(station: Station) -> AsyncIterator[Connection]:
    opened = await connect(station.url, "test")
    yield opened
    await opened.close()
