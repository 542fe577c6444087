"""Erasing contractors: their keys, and what is personal and not sealed."""

from collections.abc import Collection
from uuid import UUID

from chassis.db.pool import Connection
from chassis.ids import encode
from chassis.vault import Subject, Vault

from payouts.adapters.postgres.sql import sql


class PostgresErasure:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection, self._vault = connection, vault

    async def destroy_key(self, contractor_id: UUID) -> None:
        await self._vault.destroy(self._connection, Subject("CONTRACTOR", contractor_id))

    async def clear(self, contractor_ids: Collection[UUID]) -> None:
        for statement in (
            sql.clear_methods_of, sql.clear_payees, sql.forget_screenings_of, sql.blank_reasons_of, sql.forget_replies_of,
        ):  # fmt: skip
            await self._connection.execute(statement, list(contractor_ids))
        await self._connection.execute(sql.forget_failed_events_of, [encode("contractor", each) for each in contractor_ids])

    async def sweep_keys(self) -> None:
        await self._vault.sweep(self._connection)

    async def registered(self, after: UUID | None, limit: int) -> list[UUID]:
        return [row["subject_id"] for row in await self._connection.fetch(sql.erased_contractors, after, limit)]
