"""What each guard costs the mutating call: the same server with it and without it, in turns. Row-level security is that of the
table the call writes, guarded as the services guard theirs."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Any

import asyncpg
from support.databases import TestDatabase
from support.probe.lacking import WITHOUT

from bench.calls import AS_OFTEN_AS_IT_CAN, per_s
from bench.figures import Figure, pairs, ratio_of
from bench.parts import Parts

ROUNDS = 5
ORGANISATION = "org_01h455vb4pex5vsknk084sn02q"
# Row-level security costs at most 5 %; for the others only their sum has a bar, that of the whole call.
BARS = {"row-level security": 0.95}
_TENANT = "ALTER TABLE probe.thing ADD COLUMN organisation_id uuid DEFAULT probe.acting_organisation()"
_OWN = "organisation_id = (SELECT acting_organisation())"
_GUARD = f"""
SELECT guard_table('thing', '{_OWN}', '{_OWN}', '{_OWN}', array_agg(attname::text), false) FROM pg_attribute
WHERE attrelid = 'thing'::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'organisation_id'
"""
_UNGUARD = "ALTER TABLE probe.audit_entry DISABLE ROW LEVEL SECURITY"


def _served(parts: Parts, database: TestDatabase, name: str, *module: str) -> AbstractAsyncContextManager[str]:
    return parts.served(database, name, *module, **AS_OFTEN_AS_IT_CAN, KAMAI_LACKING_ORGANISATION=ORGANISATION)


async def _as_admin(database: TestDatabase, *statements: str) -> None:
    connection = await asyncpg.connect(database.admin_url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def _compared(name: str, guarded: str, bare: str, metadata: Any) -> Figure:
    value, reference, ratio = await pairs(lambda: per_s(guarded, metadata), lambda: per_s(bare, metadata), ROUNDS)
    figure = ratio_of(f"call with {name}, to the same without", value, "calls/s", reference, ratio, BARS.get(name, 0.0))
    return figure if name in BARS else Figure(**(vars(figure) | {"bar": None, "holds": None}))


async def run(parts: Parts) -> list[Figure]:
    metadata = parts.tokens.metadata("ada", ORGANISATION)
    found = []
    async with parts.database() as guarded, parts.database() as bare:
        await _as_admin(guarded, _TENANT, "SET search_path = probe", _GUARD)
        await _as_admin(bare, _TENANT, _UNGUARD)
        async with (
            _served(parts, guarded, "guarded") as first,
            _served(parts, bare, "bare-rows") as second,
        ):
            found.append(await _compared("row-level security", first, second, metadata))
    for name in WITHOUT:
        async with (
            parts.database() as ours,
            parts.database() as theirs,
            _served(parts, ours, "whole") as first,
            _served(parts, theirs, f"without-{name}", "support.probe.lacking", name) as second,
        ):
            found.append(await _compared(name, first, second, metadata))
    return found
