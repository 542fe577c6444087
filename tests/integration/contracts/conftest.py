"""One contracts service for the tests of this folder, with a clock that stands still until a test moves it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
from chassis.clock import ManualClock
from chassis.db.pool import create_pool
from contracts.main import build, definition
from contracts.settings import ContractsSettings
from integration.contracts.client_side import Kamai
from support.audited import every_change_is_audited  # noqa: F401
from support.databases import Templates, TestDatabase
from support.services import Served, environment, serving
from support.tokens import TokenMaker

TUESDAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
async def contracts_database(templates: Templates) -> AsyncIterator[TestDatabase]:
    async with templates.database("contracts", "contracts.migrations") as database:
        yield database


@pytest.fixture(scope="session")
def clock() -> ManualClock:
    return ManualClock(TUESDAY)


@pytest.fixture(scope="session")
async def contracts_pool(contracts_database: TestDatabase) -> AsyncIterator[asyncpg.Pool[Any]]:
    pool = await create_pool(contracts_database.platform_url, "test", 4)
    yield pool
    await pool.close()


@pytest.fixture(scope="session")
async def contracts_service(contracts_database: TestDatabase, tokens: TokenMaker, clock: ManualClock) -> AsyncIterator[Served]:
    timed = replace(definition(), build=lambda platform: build(replace(platform, clock=clock)))
    settings = ContractsSettings(**environment(contracts_database, tokens.jwks))
    async with serving(timed, settings) as served:
        yield served


@pytest.fixture
def kamai(contracts_service: Served, contracts_pool: asyncpg.Pool[Any], tokens: TokenMaker, clock: ManualClock) -> Kamai:
    clock.at = TUESDAY
    return Kamai(contracts_service.channel, tokens, clock, contracts_pool)
