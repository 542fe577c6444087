"""Holds every transaction of a service against its audit trail: one that wrote rows has written an entry."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from chassis.db.database import Database
from chassis.db.pool import Connection

# Counts of this session that the server has not taken over yet: what they grow by within a transaction is its own.
_WRITTEN = """
SELECT relname, n_tup_ins + n_tup_upd + n_tup_del AS rows FROM pg_stat_xact_user_tables WHERE schemaname = current_schema()
"""
# docs/audit.md, "What is no entry": keys that are made, what the chassis keeps of events, an index that is hashed anew by a task
# which was noted before.
_LEFT_OUT = {
    "key_encryption_key", "data_key", "digest_key", "inbox", "inbox_position", "failed_event", "blind_index",
    "audit_seal", "audit_chain", "audit_cursor",
}  # fmt: skip
_TRAIL = {"audit_entry", "audit_root"}  # a root goes out by the outbox


async def _written(connection: Connection) -> dict[str, int]:
    return {row["relname"]: row["rows"] for row in await connection.fetch(_WRITTEN)}


@pytest.fixture(autouse=True)
def every_change_is_audited(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whoever runs a transaction in this process: a call, a consumer, a schedule."""
    unaudited: list[list[str]] = []
    transaction = Database.transaction

    @asynccontextmanager
    async def watched(database: Database, **options: Any) -> AsyncIterator[Connection]:
        async with transaction(database, **options) as connection:
            before = await _written(connection)
            yield connection
            after = await _written(connection)
            tables = {name for name, rows in after.items() if rows != before.get(name, 0)}
            if not tables & _TRAIL and tables - _LEFT_OUT:
                unaudited.append(sorted(tables - _LEFT_OUT))

    monkeypatch.setattr(Database, "transaction", watched)
    yield
    assert not unaudited, f"tables that were written without an entry, by transaction: {unaudited}"
