"""The SQL of the service against its own schema."""

from __future__ import annotations

import asyncpg
from onboarding.adapters.postgres.rows import sql
from support.databases import TestDatabase


async def test_every_statement_prepares(database: TestDatabase) -> None:
    """Each statement is valid for the application role in the migrated schema."""
    connection = await asyncpg.connect(database.app_url)
    try:
        for name, text in sql.items():
            assert await connection.prepare(text), name
    finally:
        await connection.close()


async def test_personal_values_lie_in_one_table(database: TestDatabase) -> None:
    """No other table of the service has a column for what a person gave."""
    connection = await asyncpg.connect(database.app_url)
    try:
        rows = await connection.fetch(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'onboarding'"
        )
    finally:
        await connection.close()
    personal = {
        "legal_name",
        "birth_date",
        "email",
        "phone",
        "holder_name",
        "iban",
        "account_number",
        "value",
        "profile",
        "account",
    }
    assert [tuple(row) for row in rows if row["column_name"] in personal] == []
