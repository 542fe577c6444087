"""Keyed hashes by which sealed values are found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from chassis import ids
from chassis.db.database import acting_for_platform
from chassis.db.locks import lock_class
from chassis.db.pool import Connection
from chassis.errors import InvalidFields
from chassis.vault import blind
from chassis.vault.blind import BlindIndex, Normalised

from onboarding.adapters.postgres.rows import Scope, affected, sql
from onboarding.domain.marks import DUPLICATES, Mark, Marked, MarkKind

_NORMALISED: Mapping[MarkKind, Callable[..., Normalised]] = {
    MarkKind.IDENTITY_NUMBER: blind.identity_number,
    MarkKind.ACCOUNT_NUMBER: blind.account_number,
    MarkKind.EMAIL: blind.email,
}


class _Row(NamedTuple):
    """Of blind_index."""

    contractor: UUID
    owner: UUID
    kind: MarkKind
    digest: bytes
    key_id: bytes


_TURNS = lock_class("kamai.onboarding.marks")


class PostgresMarks:
    """Implements the Marks port."""

    def __init__(self, connection: Connection, scope: Scope, index: BlindIndex) -> None:
        self._connection, self._scope, self._index = connection, scope, index

    async def add(self, contractor_id: str, owner_id: str, marks: Sequence[Mark]) -> None:
        rows = self._rows([Marked(contractor_id, owner_id, marks)])
        await self._take_turns(rows)
        await self._insert(rows)

    async def replace(self, contractor_id: str, owner_id: str, marks: Sequence[Mark]) -> None:
        rows = self._rows([Marked(contractor_id, owner_id, marks)])
        await self._take_turns(rows)
        await self._delete([owner_id])
        await self._insert(rows)

    async def rewrite(self, owners: Sequence[Marked]) -> None:
        await self._delete([of.owner_id for of in owners])
        await self._insert(self._rows(owners))

    def _rows(self, owners: Sequence[Marked]) -> set[_Row]:
        return {
            _Row(ids.raw(of.contractor_id), ids.raw(of.owner_id), mark.kind, entry.digest, entry.key_id)
            for of in owners
            for mark in of.marks
            if (value := _normalised(mark))
            for entry in self._index.entries(value)
        }

    async def _take_turns(self, rows: set[_Row]) -> None:
        """Two transactions that write the same number or account do so one after the other; else neither would see the other's
        row and the duplicate would be missed. Of an e-mail nobody asks who shares it.

        No deadlock: everybody takes all digests at once in one order, after the lock of its own case, and waits for nothing
        but rows of that case afterwards. Whoever waits for a case, or holds many, holds no digest, so no circle can close. Two
        digests that begin alike share a turn: that costs a wait, no more."""
        turns = {int.from_bytes(row.digest[:4], "big", signed=True) for row in rows if row.kind in DUPLICATES}
        if turns:
            await self._connection.execute(sql.take_turns, _TURNS, sorted(turns))

    async def _insert(self, rows: set[_Row]) -> None:
        if rows:
            await self._connection.execute(sql.insert_marks, *(list(column) for column in zip(*rows, strict=True)))

    async def _delete(self, owner_ids: Sequence[str]) -> None:
        async with acting_for_platform(self._connection, self._scope.tenant):
            await self._connection.execute(sql.delete_marks, [ids.raw(owner_id) for owner_id in owner_ids])

    async def outdated(self, after: str, limit: int) -> list[str]:
        behind = ids.raw(after) if after else None
        found = await self._connection.fetch(sql.marked_by_older_keys, self._index.current_key(), behind, limit)
        return [ids.encode("contractor", row["contractor_id"]) for row in found]

    async def drop_outdated(self, limit: int) -> int:
        return affected(await self._connection.execute(sql.drop_older_marks, self._index.current_key(), limit))

    async def shared(self, contractor_ids: Sequence[str], owner_id: str = "") -> dict[str, set[MarkKind]]:
        found: dict[str, set[MarkKind]] = {}
        async with acting_for_platform(self._connection, self._scope.tenant):
            owner = ids.raw(owner_id) if owner_id else None
            for row in await self._connection.fetch(sql.shared_marks, [ids.raw(i) for i in contractor_ids], owner):
                found.setdefault(ids.encode("contractor", row["contractor_id"]), set()).add(MarkKind(row["kind"]))
        return found

    async def find(self, marks: Sequence[Mark], limit: int) -> list[str]:
        digests = [digest for mark in marks if (value := _normalised(mark)) for digest in self._index.candidates(value)]
        if not digests:
            raise InvalidFields.one("value", "holds no letter and no digit to look for", "EMPTY")
        rows = await self._connection.fetch(sql.find_marked, marks[0].kind, digests, limit)
        return [ids.encode("contractor", row["contractor_id"]) for row in rows]


def _normalised(mark: Mark) -> Normalised | None:
    """None when nothing is left of the value: drafts may hold anything."""
    try:
        return _NORMALISED[mark.kind](*mark.parts)
    except ValueError:
        return None
