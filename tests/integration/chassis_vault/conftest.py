"""A database with the tables of keys, a directory with a root key, and vaults as several processes would have them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from chassis.db.database import Database
from chassis.db.pool import Connection, connect, create_pool
from chassis.vault import Vault, VaultSettings, open_vault
from chassis.vault.providers import new_file_key
from integration.chassis_vault.helpers import NewVault
from support.databases import Templates, TestDatabase


@pytest.fixture
async def where(templates: Templates) -> AsyncIterator[TestDatabase]:
    async with templates.database("probe") as made:
        yield made


@pytest.fixture
async def database(where: TestDatabase) -> AsyncIterator[Database]:
    pool = await create_pool(where.app_url, "test", 16)
    yield Database(pool)
    await pool.close()


@pytest.fixture
async def connection(where: TestDatabase) -> AsyncIterator[Connection]:
    """For the test's own looks and steps, outside of any transaction."""
    opened = await connect(where.app_url, "test")
    yield opened
    await opened.close()


@pytest.fixture
async def owner(where: TestDatabase) -> AsyncIterator[Connection]:
    """As who makes and restores backups."""
    opened = await connect(where.owner_url, "test")
    yield opened
    await opened.close()


@pytest.fixture
def roots(tmp_path: Path) -> Path:
    new_file_key(tmp_path)
    return tmp_path


@pytest.fixture
def new_vault(roots: Path, database: Database) -> NewVault:
    """Opens a vault of its own, as another process would: nothing in memory."""
    return lambda: open_vault(VaultSettings(directory=roots), database)


@pytest.fixture
async def vault(new_vault: NewVault) -> Vault:
    return await new_vault()
