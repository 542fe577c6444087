"""Erasing contractors in Postgres: their keys, and what is personal and not sealed."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from chassis.audit import trail
from chassis.events import inbox
from chassis.ids import encode
from chassis.rpc import replies
from chassis.vault import Subject

from contracts.adapters.postgres.transaction import Transaction, sql

KIND = "CONTRACTOR"


class PostgresErasure:
    def __init__(self, transaction: Transaction) -> None:
        self._t = transaction

    async def destroy_keys(self, contractor_ids: Collection[UUID]) -> None:
        await self._t.vault.destroy(self._t.connection, *(Subject(KIND, each) for each in contractor_ids))

    async def clear(self, contractor_ids: Collection[UUID]) -> None:
        """Whoever had something left is in the audit trail."""
        had: set[UUID] = set()
        for statement in (sql.forget_capabilities_of, sql.blank_reasons_of):
            had |= {row["contractor_id"] for row in await self._t.connection.fetch(statement, list(contractor_ids))}
        had.update(await replies.forget(self._t.connection, contractor_ids))
        trail.touched(encode("contractor", each) for each in sorted(had))
        await inbox.forget(self._t.connection, [encode("contractor", each) for each in contractor_ids])

    async def sweep_keys(self) -> None:
        await self._t.vault.sweep(self._t.connection)

    async def registered(self, after: UUID | None, limit: int) -> list[UUID]:
        return await self._t.vault.erased(self._t.connection, KIND, after, limit)

    async def unregistered(self, contractor_ids: Collection[UUID]) -> list[UUID]:
        return await self._t.vault.not_erased(self._t.connection, KIND, contractor_ids)
