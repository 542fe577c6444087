"""Legal holds; the reason is sealed, for it may name people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis import ids
from chassis.audit import trail
from chassis.db.pool import Connection
from chassis.errors import NotFound

from onboarding.adapters.postgres.personal import PersonalData, Text, place
from onboarding.adapters.postgres.rows import sql
from onboarding.domain.erasure import LegalHold


class PostgresLegalHolds:
    """Implements the LegalHolds port."""

    def __init__(self, connection: Connection, personal: PersonalData) -> None:
        self._connection, self._personal = connection, personal

    async def add(self, hold: LegalHold) -> None:
        key, owner = ids.raw(hold.id), ids.raw(hold.contractor_id)
        [reason] = await self._personal.seal_texts([Text(owner, place("legal_hold", "reason", key), hold.reason)])
        await self._connection.execute(sql.insert_hold, key, owner, reason, hold.placed_by, hold.placed_at, hold.until)
        trail.kept(hold.id, (hold.contractor_id, hold.placed_by, hold.until, hold.released_by))

    async def lock(self, hold_id: str) -> LegalHold:
        found = await self._connection.fetch(sql.lock_hold, ids.raw(hold_id))
        if not found:
            raise NotFound("legal hold", hold_id)
        [hold] = await self._holds(found)
        trail.seen(hold.id, (hold.contractor_id, hold.placed_by, hold.until, hold.released_by))
        return hold

    async def save(self, hold: LegalHold) -> None:
        await self._connection.execute(sql.release_hold, ids.raw(hold.id), hold.released_by, hold.released_at)
        trail.kept(hold.id, (hold.contractor_id, hold.placed_by, hold.until, hold.released_by))

    async def of(self, contractor_id: str) -> list[LegalHold]:
        return await self._holds(await self._connection.fetch(sql.holds_of, ids.raw(contractor_id)))

    async def page(
        self, contractor_id: str | None, holding_at: datetime | None, after: UUID | None, limit: int
    ) -> list[LegalHold]:
        owner = ids.raw(contractor_id) if contractor_id else None
        return await self._holds(await self._connection.fetch(sql.page_holds, owner, holding_at, after, limit))

    async def _holds(self, found: Sequence[Any]) -> list[LegalHold]:
        given = [dict(row) | {"reason": row["reason"] or None} for row in found]
        opened = await self._personal.open(given, {"reason": ("legal_hold", "reason", "id")})
        return [
            LegalHold(
                ids.encode("hold", row["id"]), ids.encode("contractor", row["contractor_id"]),
                (values.get("reason") or b"").decode(), row["placed_by"], row["placed_at"], row["until"], row["released_by"],
                row["released_at"],
            )
            for row, values in zip(given, opened, strict=True)
        ]  # fmt: skip
