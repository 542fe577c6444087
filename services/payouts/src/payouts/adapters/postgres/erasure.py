"""Erasing contractors: their keys, and what is personal and not sealed."""

from collections.abc import Collection
from uuid import UUID

from chassis.audit import trail
from chassis.db.pool import Connection
from chassis.events import inbox
from chassis.ids import encode
from chassis.rpc import replies
from chassis.vault import Subject, Vault

from payouts.adapters.postgres.sql import sql

KIND = "CONTRACTOR"


class PostgresErasure:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection, self._vault = connection, vault

    async def destroy_keys(self, contractor_ids: Collection[UUID]) -> None:
        await self._vault.destroy(self._connection, *(Subject(KIND, each) for each in contractor_ids))

    async def clear(self, contractor_ids: Collection[UUID]) -> None:
        """Whoever had something left is in the audit trail."""
        had: set[UUID] = set()
        for statement in (sql.clear_methods_of, sql.clear_payees, sql.forget_screenings_of, sql.blank_reasons_of):
            had |= {row["contractor_id"] for row in await self._connection.fetch(statement, list(contractor_ids))}
        had.update(await replies.forget(self._connection, contractor_ids))
        trail.touched(encode("contractor", each) for each in sorted(had))
        await inbox.forget(self._connection, [encode("contractor", each) for each in contractor_ids])

    async def sweep_keys(self) -> None:
        await self._vault.sweep(self._connection)

    async def registered(self, after: UUID | None, limit: int) -> list[UUID]:
        return await self._vault.erased(self._connection, KIND, after, limit)

    async def unregistered(self, contractor_ids: Collection[UUID]) -> list[UUID]:
        return await self._vault.not_erased(self._connection, KIND, contractor_ids)
