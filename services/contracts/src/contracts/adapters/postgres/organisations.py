"""Organisations in Postgres."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chassis import ids
from chassis.audit import trail

from contracts.adapters.postgres.transaction import Transaction, sql
from contracts.app.ports import Query
from contracts.domain.events import Events
from contracts.domain.organisation import Organisation


class PostgresOrganisations:
    def __init__(self, transaction: Transaction) -> None:
        self._t = transaction

    async def get(self, organisation_id: str) -> Organisation:
        return _organisation(await self._t.one(sql.get_organisation, "organisation", organisation_id, "org"))

    async def add(self, organisation: Organisation, events: Events) -> None:
        o = organisation
        await self._t.connection.execute(
            sql.add_organisation, ids.raw(o.id), o.legal_name, o.country, o.external_id, o.version, o.created_at
        )
        trail.kept(o.id, o)
        await self._t.publish(o.id, o.version, events)

    async def page(self, query: Query) -> Sequence[Organisation]:
        rows = await self._t.connection.fetch(sql.list_organisations, self._t.tenant, query.after, query.limit)
        return [_organisation(row) for row in rows]


def _organisation(row: Any) -> Organisation:
    return Organisation(
        ids.encode("org", row["id"]), row["legal_name"], row["country"], row["external_id"], row["version"], row["created_at"]
    )
