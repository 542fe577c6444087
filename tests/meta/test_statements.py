"""Every SQL statement prepares against the migrated schema, as the application role."""

from __future__ import annotations

import importlib
from pathlib import Path

import asyncpg
import pytest
from chassis.db.statements import Statements
from support.databases import Templates

ROOT = Path(__file__).resolve().parents[2]


def packages(service: str) -> list[str]:
    """Packages of a service that hold .sql files beside the migrations."""
    source = ROOT / "services" / service / "src"
    folders = {file.parent for file in source.rglob("*.sql") if file.parent.name != "migrations"}
    return sorted(".".join(folder.relative_to(source).parts) for folder in folders)


@pytest.mark.parametrize("service", ["onboarding", "contracts", "payouts"])
async def test_statements_prepare(templates: Templates, service: str) -> None:
    """No statement names a column, table or type that is not there, and the application role may run it."""
    migrations = importlib.import_module(f"{service}.main").definition().migrations
    found = packages(service)
    assert found
    async with templates.database(service, *migrations) as database:
        connection = await asyncpg.connect(database.app_url)
        for package in [*found, "chassis.audit", "chassis.events", "chassis.rpc", "chassis.vault"]:
            for name, text in Statements(package).items():
                try:
                    await connection.prepare(text)
                except asyncpg.PostgresError as error:
                    raise AssertionError(f"{package}: {name}: {error}") from error
        await connection.close()


def test_no_statement_selects_everything() -> None:
    """Columns are named: SELECT * changes its meaning with the schema."""
    bad = [
        str(file.relative_to(ROOT))
        for file in (ROOT / "services").rglob("*.sql")
        if "select *" in " ".join(file.read_text().lower().split())
    ]
    assert not bad
