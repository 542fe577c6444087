"""Every statement fits the schema."""

import asyncpg
from payouts.adapters.postgres.sql import sql
from support.databases import Templates


async def test_every_statement_prepares(templates: Templates) -> None:
    """Each named statement can be prepared by the application role against the migrated schema."""
    async with templates.database("payouts", "payouts.migrations") as database:
        connection = await asyncpg.connect(database.app_url)
        try:
            for _, text in sql.items():
                await connection.prepare(text)
        finally:
            await connection.close()
