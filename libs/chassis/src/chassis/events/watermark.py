"""Below which id a shard is history: the poll starts there instead of walking dead index entries.

Taken so that no late commit is passed over: read the id sequence's last value `hi`, then take a transaction id of our own.
Whoever drew an id <= hi had a transaction id before (a trigger of the table sees to it), so once the oldest running transaction
is newer than ours, every row <= hi is either visible or rolled back. If a look after that finds none, none will ever come.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from chassis.db.pool import Connection

# A sequence that was never used shows its first value as the last one.
_CANDIDATE = "SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM outbox_id_seq"
_OWN_XID = "SELECT pg_current_xact_id()::text"
_PASSED = "SELECT pg_snapshot_xmin(pg_current_snapshot()) > $1::text::xid8"
_EMPTY = """
SELECT s.shard FROM unnest($1::smallint[], $2::bigint[]) AS s (shard, floor)
WHERE s.floor < $3 AND NOT EXISTS (SELECT FROM outbox o WHERE o.shard = s.shard AND o.id > s.floor AND o.id <= $3)
"""


class Watermark:
    """`floors[shard]`: no row with an id <= it will ever appear again. Void after a lost connection: a crashed server may hand
    out unlogged sequence values once more, so `reset` is called with every new ownership."""

    def __init__(self) -> None:
        self.floors: dict[int, int] = {}
        self._candidate: tuple[int, str] | None = None

    def reset(self) -> None:
        self.floors.clear()
        self._candidate = None

    def keep(self, owned: Collection[int]) -> None:
        """Forgets the shards that are no longer ours."""
        self.floors = {shard: floor for shard, floor in self.floors.items() if shard in owned}

    def arrays(self, shards: Collection[int]) -> tuple[list[int], list[int]]:
        ordered = sorted(shards)
        return ordered, [self.floors.get(shard, 0) for shard in ordered]

    async def advance(self, connection: Connection, owned: Collection[int]) -> Mapping[int, int]:
        """One step of the procedure; call it about once a second, outside a transaction. Returns the floors."""
        if self._candidate is None:
            high = await connection.fetchval(_CANDIDATE)
            self._candidate = (high, await connection.fetchval(_OWN_XID))
            return self.floors
        high, xid = self._candidate
        if await connection.fetchval(_PASSED, xid):
            shards, floors = self.arrays(owned)
            for row in await connection.fetch(_EMPTY, shards, floors, high):
                self.floors[row["shard"]] = high
            self._candidate = None
        return self.floors
