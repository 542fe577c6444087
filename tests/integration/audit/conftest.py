"""The trail of the probe service: a database, a signing key and a file of roots for every test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from chassis.clock import ManualClock
from chassis.db.database import Database
from chassis.db.pool import Connection, connect, create_pool
from integration.audit.trail import START, Trail, new_key
from support.databases import Templates, TestDatabase
from support.probe import things


@pytest.fixture
async def database(templates: Templates) -> AsyncIterator[TestDatabase]:
    async with templates.database("probe", things.PACKAGE) as made:
        yield made


@pytest.fixture
async def trail(database: TestDatabase, tmp_path: Path) -> AsyncIterator[Trail]:
    pool = await create_pool(database.app_url, "test", 8)
    found = Trail(database, Database(pool), tmp_path, ManualClock(START))
    new_key(found.key_file)
    yield found
    await pool.close()


@pytest.fixture
async def app(database: TestDatabase) -> AsyncIterator[Connection]:
    """As the application role."""
    opened = await connect(database.app_url, "test")
    yield opened
    await opened.close()


@pytest.fixture
async def intruder(database: TestDatabase) -> AsyncIterator[Connection]:
    """A superuser to whom neither triggers nor foreign keys apply."""
    opened = await asyncpg.connect(database.admin_url)
    await opened.execute("SET search_path = probe; SET session_replication_role = replica")
    yield opened
    await opened.close()
