"""The probe service's parts: a database and a topic for every test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from chassis.db.database import Database
from chassis.db.pool import Connection, connect, create_pool
from support.databases import Templates, TestDatabase
from support.probe import things
from support.probe.station import Station


@pytest.fixture
async def database(templates: Templates) -> AsyncIterator[TestDatabase]:
    async with templates.database("probe", things.PACKAGE) as made:
        yield made


@pytest.fixture
async def connection(database: TestDatabase) -> AsyncIterator[Connection]:
    """As the application role, for the test's own looks and steps."""
    opened = await connect(database.app_url, "test")
    yield opened
    await opened.close()


@pytest.fixture
async def transactions(database: TestDatabase) -> AsyncIterator[Database]:
    """The way a service runs its transactions."""
    pool = await create_pool(database.app_url, "test", 24)
    yield Database(pool)
    await pool.close()


@pytest.fixture
async def station(database: TestDatabase, transactions: Database, kafka: str) -> Station:
    return Station(await things.new_topic(kafka), kafka, database.app_url, transactions)
