"""Sealed columns of payouts: bank files, banks' words about a payment, people's evidence. docs/decisions/0014: what is not."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from chassis.db.pool import Connection
from chassis.vault import CannotOpen, Erased, Place, Subject, ToSeal, Vault

from payouts.adapters.postgres import rows
from payouts.adapters.postgres.sql import sql
from payouts.app.ports import BankFile
from payouts.domain.obligations.model import Attempt, Blocker

# Messages of banks speak of many clients.
_FILES = Subject("SERVICE", UUID("00000000-0000-7000-8000-000000000002"))


class Sealing:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection, self._vault = connection, vault

    async def content(self, file: BankFile) -> bytes:
        """A file's bytes, sealed."""
        return await self._vault.seal(self._connection, _owner(file.organisation_id), _content(file), file.content)

    async def file(self, row: Any) -> BankFile:
        """A row with its bytes. Raises CannotOpen when they are not those that were written."""
        sealed = rows.bank_file(row)
        place = _content(sealed)
        content = await self._vault.open(self._connection, place, sealed.content)
        if hashlib.sha256(content).hexdigest() != sealed.sha256:
            raise CannotOpen(f"{place}: not the bytes that were written")
        return rows.bank_file({**row, "content": content})

    async def evidence(self, attempt: Attempt, column: str, text: str) -> bytes:
        """What a person says about a payment: part of the books, so it is the organisation's."""
        place = Place(str(attempt.organisation_id), "unknown_resolution", column, str(attempt.id))
        return await self._vault.seal(self._connection, _owner(attempt.organisation_id), place, text.encode())

    async def attempts(self, found: Sequence[Any], holds: Mapping[UUID, tuple[Blocker, ...]] | None = None) -> list[Attempt]:
        """Rows with what the bank said in words; "" where it said nothing, or its contractor was erased."""
        texts = await self.words([(_failure(row["organisation_id"], row["id"]), row["failure_text"]) for row in found])
        return [
            rows.attempt({**row, "failure_text": text}, (holds or {}).get(row["id"], ()))
            for row, text in zip(found, texts, strict=True)
        ]

    async def failures(self, attempts: Sequence[Attempt]) -> list[bytes | None]:
        """Their failure texts, sealed; None for nothing."""
        return await self.seal_words([(a.contractor_id, _failure(a.organisation_id, a.id), a.failure_text) for a in attempts])

    async def words(self, sealed: Sequence[tuple[Place, bytes | None]]) -> list[str]:
        given = [(place, value) for place, value in sealed if value is not None]
        opened = iter(await self._vault.open_many(self._connection, given) if given else ())
        return ["" if value is None else (next(opened) or b"").decode() for _, value in sealed]

    async def seal_words(self, words: Sequence[tuple[UUID, Place, str]]) -> list[bytes | None]:
        """By contractor. Nothing is kept of what is said about one who was erased: money under way still settles."""
        values = [ToSeal(Subject("CONTRACTOR", contractor), place, text.encode()) for contractor, place, text in words if text]
        sealed = iter(await self._seal_of_the_living(values) if values else ())
        return [next(sealed) if text else None for _, _, text in words]

    async def _seal_of_the_living(self, values: Sequence[ToSeal]) -> list[bytes | None]:
        gone: frozenset[UUID] = frozenset()
        while True:
            kept = [value for value in values if value.subject.id not in gone]
            try:
                sealed = iter(await self._vault.seal_many(self._connection, kept))
            except Erased:
                found = await self._connection.fetch(sql.erased_among, [value.subject.id for value in kept])
                gone |= {row["subject_id"] for row in found}
                continue
            return [None if value.subject.id in gone else next(sealed) for value in values]


def _owner(organisation_id: UUID | None) -> Subject:
    return Subject("ORGANISATION", organisation_id) if organisation_id else _FILES


def _content(file: BankFile) -> Place:
    return Place(str(file.organisation_id or ""), "bank_message", "content", str(file.id))


def _failure(organisation_id: UUID, attempt_id: UUID) -> Place:
    return Place(str(organisation_id), "attempt", "failure_text", str(attempt_id))
