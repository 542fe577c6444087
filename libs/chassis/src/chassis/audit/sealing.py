"""The sealer: chains what finished transactions wrote, tenant by tenant, and has the heads of the chains signed.

Business transactions never meet it: it only reads their rows, and takes a row once no transaction that began before it is left.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from chassis.audit import canonical
from chassis.audit.roots import Roots
from chassis.db.database import PLATFORM, Database
from chassis.db.pool import Connection
from chassis.db.statements import Statements
from chassis.events.sending import Failpoint

sql = Statements("chassis.audit")
BATCH = 10_000
Head = tuple[int, bytes]  # a chain's last sequence and hash


class CountsFromBelow(Exception):
    """The database's transaction numbers are below those that were chained: nothing would ever be chained again."""

    def __init__(self) -> None:
        super().__init__(
            "the database numbers its transactions from below the audit trail's, as after a restore into a new server: "
            "see 'After a restore' in docs/audit.md"
        )


async def no_failpoint(_step: str) -> None:
    return


class Sealer:
    """One run of `run` chains a batch and signs what is due; a schedule calls it. Without `roots` nothing is signed.

    `failpoint` lets tests stop it at a named step.
    """

    def __init__(
        self, database: Database, roots: Roots | None, *, batch: int = BATCH, failpoint: Failpoint = no_failpoint
    ) -> None:
        self._database, self._roots, self._batch, self._failpoint = database, roots, batch, failpoint

    async def run(self) -> bool:
        """Whether there is more to do at once."""
        more = await self.seal()
        if self._roots is not None:
            more = await self._roots.sign() or more
        return more

    async def seal(self) -> bool:
        """Chains one batch; whether there may be more. Raises CountsFromBelow."""
        row: Any = await self._database.run(lambda connection: connection.fetchrow(sql.look), tenant=PLATFORM, read_only=True)
        if row["ahead"]:
            raise CountsFromBelow
        if not row["finished"]:
            return False
        count = await self._database.run(self._seal, tenant=PLATFORM)
        await self._failpoint("chained")
        return count == self._batch

    async def _seal(self, connection: Connection) -> int:
        cursor = await connection.fetchrow(sql.lock_cursor)
        assert cursor is not None
        await self._failpoint("locked")
        rows = await connection.fetch(sql.fetch_finished, cursor["xid"], cursor["id"], self._batch)
        if not rows:  # another sealer was faster
            return 0
        tenants = list({row["organisation_id"] or canonical.PLATFORM for row in rows})
        found = await connection.fetch(sql.chain_heads, tenants)
        heads = {head["organisation_id"]: (head["sequence"], head["hash"]) for head in found}
        seals, heads = await asyncio.to_thread(chain, rows, heads)
        await self._failpoint("hashed")
        await connection.execute(sql.insert_seals, *(list(column) for column in zip(*seals, strict=True)))
        await self._failpoint("inserted")
        moved = [(tenant, *head) for tenant, head in heads.items()]
        await connection.execute(sql.move_heads, *(list(column) for column in zip(*moved, strict=True)))
        await connection.execute(sql.move_cursor, str(rows[-1]["xid"]), rows[-1]["id"])
        await self._failpoint("moved")
        return len(rows)


def chain(rows: Sequence[Any], heads: Mapping[UUID, Head]) -> tuple[list[tuple[int, UUID, int, bytes]], dict[UUID, Head]]:
    """Seals (entry, tenant, sequence, hash) of rows in their order behind `heads`, and the heads after them."""
    now = dict(heads)
    seals = []
    for row in rows:
        tenant = row["organisation_id"] or canonical.PLATFORM
        sequence, before = now.get(tenant, (0, canonical.FIRST))
        head = (sequence + 1, canonical.link(before, canonical.entry(row)))
        seals.append((row["id"], tenant, *head))
        now[tenant] = head
    return seals, now
