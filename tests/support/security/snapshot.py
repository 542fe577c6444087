"""Whether anything changed: a digest of every row of every table, taken as superuser."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable

from chassis.db.pool import Connection

# The trail's chain is written behind it, by a worker of its own; whoever reads personal data leaves an entry.
_CHAIN = {"audit_seal", "audit_root", "audit_cursor", "audit_chain"}
_ONLY = {"audit_entry": "WHERE kind = 'CHANGE'"}
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
                f"SELECT count(*) || ' rows ' || md5(coalesce(string_agg(md5(t::text), '' ORDER BY md5(t::text)), ''))"
                f" FROM {schema}.{table} t {_ONLY.get(table, '')}"
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
