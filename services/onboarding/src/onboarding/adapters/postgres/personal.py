"""Sealed values of contractors: everything in one batch, whatever the number of people. Places belong to no tenant, for a
contractor is engaged by many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from chassis import ids
from chassis.db.pool import Connection
from chassis.errors import NotFound
from chassis.vault import Erased, Place, Subject, ToSeal, Vault

from onboarding.adapters.postgres.rows import sql


def subject(contractor: UUID) -> Subject:
    return Subject("CONTRACTOR", contractor)


def place(table: str, column: str, row: object) -> Place:
    return Place("", table, column, str(row))


class Document(NamedTuple):
    """A row of personal_data before it is sealed; `content` is written as JSON."""

    contractor: UUID
    owner: UUID
    kind: str
    content: Any


class Text(NamedTuple):
    """What somebody wrote about a contractor."""

    contractor: UUID
    place: Place
    text: str


class PersonalData:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection, self._vault = connection, vault

    def digest(self, content: bytes) -> str:
        """Hexadecimal; equal for equal contents."""
        return self._vault.digest(content).hex()

    async def put(self, documents: Sequence[Document]) -> list[bytes]:
        """Seals and stores; returns what was stored, in order. Raises NotFound for somebody who was erased."""
        if not documents:
            return []
        values = [
            ToSeal(subject(d.contractor), place("personal_data", d.kind, d.owner), msgspec.json.encode(d.content))
            for d in documents
        ]
        sealed = await self._seal(values)
        columns = [[d.contractor for d in documents], [d.owner for d in documents], [d.kind for d in documents]]
        await self._connection.execute(sql.put_personal, *columns, sealed)
        return sealed

    async def seal_texts(self, texts: Sequence[Text]) -> list[bytes | None]:
        """In order; None for an empty text."""
        values = [ToSeal(subject(t.contractor), t.place, t.text.encode()) for t in texts if t.text]
        sealed = iter(await self._seal(values) if values else ())
        return [next(sealed) if t.text else None for t in texts]

    async def _seal(self, values: Sequence[ToSeal]) -> list[bytes]:
        try:
            return await self._vault.seal_many(self._connection, values)
        except Erased:
            raise NotFound("contractor", ids.encode("contractor", values[0].subject.id) if len(values) == 1 else "") from None

    async def open(self, rows: Sequence[Any], places: Mapping[str, tuple[str, str, str]]) -> list[dict[str, bytes | None]]:
        """For each row the opened columns of `places` (column -> table, column of the place, column with the place's row); None
        where there is nothing or the key was destroyed."""
        found: list[dict[str, bytes | None]] = [{} for _ in rows]
        wanted = [
            (place(table, kind, row[key]), row[column], opened, column)
            for row, opened in zip(rows, found, strict=True)
            for column, (table, kind, key) in places.items()
            if row[column] is not None
        ]
        values = (
            await self._vault.open_many(self._connection, [(where, sealed) for where, sealed, _, _ in wanted]) if wanted else []
        )
        for (_, _, opened, column), value in zip(wanted, values, strict=True):
            opened[column] = value
        return found
