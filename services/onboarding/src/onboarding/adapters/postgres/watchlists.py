"""Imported lists: versions, their entries, and which one is current."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from chassis import ids
from chassis.db.pool import Connection

from onboarding.adapters.postgres.rows import sql
from onboarding.app.ports import WatchlistVersion
from onboarding.domain.watchlist import ListEntry, ListVersion

_SLICE = 2_000  # entries a statement: bounds what is encoded at once


class PostgresWatchlists:
    """Implements the Watchlists port."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def current(self) -> dict[str, ListVersion]:
        found = await self._connection.fetch(sql.current_watchlists)
        return {ids.encode("watchlist", r["id"]): ListVersion(r["list"], r["version"], r["entries"]) for r in found}

    async def entries(self, version_id: str) -> list[ListEntry]:
        decoder = msgspec.json.Decoder(ListEntry)
        cursor = self._connection.cursor(sql.watchlist_entries, ids.raw(version_id), prefetch=_SLICE)
        return [decoder.decode(row["entry"]) async for row in cursor]

    async def lock(self, name: str) -> WatchlistVersion | None:
        await self._connection.execute(sql.insert_watchlist, name)
        current = await self._connection.fetchval(sql.lock_watchlist, name)
        row = await self._connection.fetchrow(sql.get_watchlist_version, current) if current else None
        return _version(row) if row else None

    async def find(self, name: str, version: str) -> WatchlistVersion | None:
        row = await self._connection.fetchrow(sql.find_watchlist_version, name, version)
        return _version(row) if row else None

    async def add(self, version: WatchlistVersion) -> None:
        await self._connection.execute(
            sql.insert_watchlist_version, ids.raw(version.id), version.list, version.version, version.format, version.entries,
            version.rejected_lines, version.imported_by, version.imported_at,
        )  # fmt: skip

    async def replace(self, version: WatchlistVersion, entries: Sequence[ListEntry]) -> None:
        key = ids.raw(version.id)
        for start in range(0, len(entries), _SLICE):
            part = entries[start : start + _SLICE]
            await self._connection.execute(sql.insert_watchlist_entries, key, [entry.uid for entry in part], part)
        before = await self._connection.fetchval(sql.lock_watchlist, version.list)
        await self._connection.execute(sql.set_current_watchlist, version.list, key)
        await self._connection.execute(sql.drop_old_entries, version.list, key, before)

    async def page(self, after: UUID | None, fetch: int) -> list[WatchlistVersion]:
        return [_version(row) for row in await self._connection.fetch(sql.page_watchlists, after, fetch)]


def _version(row: Any) -> WatchlistVersion:
    return WatchlistVersion(
        ids.encode("watchlist", row["id"]), row["list"], row["version"], row["format"], row["entries"], row["rejected_lines"],
        row["imported_by"], row["imported_at"], bool(row["current"]),
    )  # fmt: skip
