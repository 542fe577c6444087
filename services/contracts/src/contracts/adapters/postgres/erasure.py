"""Erasing contractors in Postgres: their keys, and what is personal and not sealed."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from chassis.vault import Subject

from contracts.adapters.postgres.transaction import Transaction, sql


class PostgresErasure:
    def __init__(self, transaction: Transaction) -> None:
        self._t = transaction

    async def destroy_key(self, contractor_id: UUID) -> None:
        await self._t.vault.destroy(self._t.connection, Subject("CONTRACTOR", contractor_id))

    async def clear(self, contractor_ids: Collection[UUID]) -> None:
        for statement in (sql.forget_capabilities_of, sql.blank_reasons_of, sql.forget_replies_of):
            await self._t.connection.execute(statement, list(contractor_ids))

    async def sweep_keys(self) -> None:
        await self._t.vault.sweep(self._t.connection)

    async def registered(self, after: UUID | None, limit: int) -> list[UUID]:
        return [row["subject_id"] for row in await self._t.connection.fetch(sql.erased_contractors, after, limit)]
