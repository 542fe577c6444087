"""Everything held about a contractor, from every table, in the forms of the domain."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from chassis import ids
from chassis.db.database import PLATFORM, acting_for_platform
from chassis.db.pool import Connection

from onboarding.adapters.postgres.payout_methods import PostgresPayoutMethods
from onboarding.adapters.postgres.personal import PersonalData
from onboarding.adapters.postgres.reviews import PostgresReviews
from onboarding.adapters.postgres.rows import Scope, organisation, sql
from onboarding.adapters.postgres.screenings import PostgresScreenings
from onboarding.app.personal_ports import Export
from onboarding.app.ports import ReviewFilter
from onboarding.domain.contractor import Contractor
from onboarding.domain.review import ReviewState

_MOST = 10_000
_EVENTS = (
    "how many events this service has sent about the contractor, and those that still wait; they hold ids, states and codes, "
    "bank details only sealed for the payouts service, and are not kept here"
)


class PostgresExports:
    """Implements the Exports port. All there is, the platform's own as well: reviews, screenings, words said."""

    def __init__(self, connection: Connection, scope: Scope, personal: PersonalData) -> None:
        self._connection, self._scope, self._personal = connection, scope, personal
        within = replace(scope, organisation_id="", contractor_id="", tenant=PLATFORM)
        self._methods = PostgresPayoutMethods(connection, within, personal)
        self._reviews = PostgresReviews(connection, within, personal)
        self._screenings = PostgresScreenings(connection, within, personal)

    async def collect(self, contractor: Contractor) -> Export:
        async with acting_for_platform(self._connection, self._scope.tenant):
            return await self._collect(contractor, ids.raw(contractor.id))

    async def _collect(self, contractor: Contractor, key: UUID) -> dict[str, Any]:
        every_state = ReviewFilter(tuple(ReviewState), key)
        screening = (await self._screenings.find([contractor.id])).get(contractor.id)
        return {
            "profile": contractor,
            "accounts": await self._methods.page(contractor.id, None, _MOST),
            "reviews": await self._reviews.page(every_state, None, _MOST),
            "screening": screening,
            "decisions": (await self._screenings.decisions([contractor.id])).get(contractor.id, ()),
            "transitions": await self._rows(sql.export_transitions, key),
            "remarks": await self._remarks(key),
            "events": {
                "meaning": _EVENTS, "sent": contractor.version, "waiting": await self._rows(sql.export_events, key)
            },
            "engagements": [
                organisation(row["organisation_id"]) for row in await self._connection.fetch(sql.export_engagements, key)
            ],
            "search_index": await self._rows(sql.export_marks, key),
            "audit_entries": await self._rows(sql.export_audit, contractor.id),
        }  # fmt: skip

    async def _rows(self, query: str, argument: object) -> list[dict[str, Any]]:
        return [dict(row) for row in await self._connection.fetch(query, argument)]

    async def _remarks(self, key: UUID) -> list[dict[str, Any]]:
        found = [
            dict(row) | {"row": f"{row['aggregate_id']}/{row['version']}"}
            for row in await self._connection.fetch(sql.export_remarks, key)
        ]
        opened = await self._personal.open(found, {"content": ("remark", "content", "row")})
        return [
            {"about": row["aggregate_id"], "version": row["version"], "said": (values.get("content") or b"").decode()}
            for row, values in zip(found, opened, strict=True)
        ]
