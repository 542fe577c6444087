"""The probe service with callers to recognise."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from chassis.db.pool import Connection, connect
from support.databases import Templates, TestDatabase
from support.probe import things


@pytest.fixture
async def database(templates: Templates) -> AsyncIterator[TestDatabase]:
    async with templates.database("probe", things.PACKAGE) as made:
        yield made


@pytest.fixture
async def connection(database: TestDatabase) -> AsyncIterator[Connection]:
    """As the application role, for the test's own looks."""
    opened = await connect(database.app_url, "test")
    yield opened
    await opened.close()
