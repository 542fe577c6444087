"""Whether anything changed: a digest of every row of every table, taken as superuser."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable

from chassis import ids
from chassis.db.pool import Connection

from support.security.callers import Identity

# The trail's chain is written behind it, by a worker of its own; whoever reads personal data leaves an entry.
_CHAIN = {"audit_seal", "audit_root", "audit_cursor", "audit_chain"}
_ONLY = {"audit_entry": "WHERE kind = 'CHANGE'"}
_DIGEST = "count(*) || ' rows ' || md5(coalesce(string_agg(md5(t::text), '' ORDER BY md5(t::text)), ''))"
_OWNERS = """
SELECT t.schemaname, t.tablename, c.column_name FROM pg_tables t LEFT JOIN information_schema.columns c
    ON c.table_schema = t.schemaname AND c.table_name = t.tablename AND c.data_type = 'uuid'
    AND c.column_name IN ('organisation_id', 'contractor_id')
WHERE t.schemaname = ANY($1) ORDER BY 1, 2, 3
"""
_PAUSE_S = 0.3
_PATIENCE_S = 30.0

Snapshot = dict[str, str]
"""By "schema.table": number of rows and digest."""


async def take(database: Connection, schemas: Iterable[str]) -> Snapshot:
    tables = await database.fetch(
        "SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY($1) ORDER BY 1, 2", list(schemas)
    )
    found = {}
    for schema, table in tables:
        if table not in _CHAIN:
            found[f"{schema}.{table}"] = await database.fetchval(
                f"SELECT {_DIGEST} FROM {schema}.{table} t {_ONLY.get(table, '')}"
            )
    return found


async def of_others(database: Connection, schemas: Iterable[str], who: Identity) -> Snapshot:
    """Every table, with the rows of this organisation and of this contractor where it has such."""
    tenant = {"organisation_id": ids.raw(who.org), "contractor_id": ids.raw(who.contractor)}
    found: Snapshot = {}
    for schema, table, owner in await database.fetch(_OWNERS, list(schemas)):
        found[f"{schema}.{table}"] = "there"
        if owner and table not in _CHAIN:
            found[f"{schema}.{table} by {owner}"] = await database.fetchval(
                f"SELECT {_DIGEST} FROM {schema}.{table} t WHERE {owner} = $1", tenant[owner]
            )
    return found


async def at_rest(database: Connection, schemas: Iterable[str]) -> Snapshot:
    """When the workers have nothing more to do. Raises TimeoutError."""
    schemas, until = list(schemas), time.monotonic() + _PATIENCE_S
    before = await take(database, schemas)
    while time.monotonic() < until:
        await asyncio.sleep(_PAUSE_S)
        now = await take(database, schemas)
        if not changed(before, now):
            return now
        before = now
    raise TimeoutError("the workers of the stack do not come to rest")


def changed(before: Snapshot, after: Snapshot) -> list[str]:
    """What became of which table."""
    return [f"{table}: {before.get(table)} -> {after[table]}" for table in after if after[table] != before.get(table)]
