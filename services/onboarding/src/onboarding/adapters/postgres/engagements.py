"""Who engages whom."""

from __future__ import annotations

from chassis import ids
from chassis.audit import trail
from chassis.db.pool import Connection

from onboarding.adapters.postgres import rows
from onboarding.adapters.postgres.rows import sql


class PostgresEngagements:
    """Implements the Engagements port."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, organisation_id: str, contractor_id: str) -> None:
        added = await self._connection.execute(
            sql.insert_engagement, ids.decode(organisation_id, "org"), ids.decode(contractor_id, "contractor")
        )
        if rows.affected(added):
            trail.touched([contractor_id])
