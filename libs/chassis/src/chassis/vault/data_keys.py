"""Data keys: found in memory or in the database, made at first use, destroyed for good.

Transactions are READ COMMITTED, as all of ours: each statement here sees what was committed before it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from uuid_utils.compat import uuid7

from chassis.db.locks import lock_class
from chassis.db.pool import Connection
from chassis.vault import keys
from chassis.vault.cache import KeyCache
from chassis.vault.errors import CannotOpen, Erased, KeyProviderFault, KeysUnavailable
from chassis.vault.keyring import Keyring, sql
from chassis.vault.keys import DataKey, Subject

# A key-encryption key may be retired or deleted between two statements, but not again and again.
_TRIES = 4
_SUBJECTS = lock_class("kamai.vault.subjects")


class DataKeys:
    def __init__(self, keyring: Keyring, cache: KeyCache) -> None:
        self._keyring, self._cache = keyring, cache

    async def of_subjects(self, connection: Connection, subjects: Collection[Subject]) -> dict[Subject, DataKey]:
        """The key of each subject, made where there is none. Raises Erased, KeysUnavailable."""
        found = {subject: key for subject in subjects if (key := self._cache.of_subject(subject))}
        missing = sorted({subject for subject in subjects if subject not in found})
        made: list[UUID] = []
        for _ in range(_TRIES):
            if missing:
                found |= await self._fetch(connection, missing, made)
            missing = [subject for subject in missing if subject not in found]
            if not missing:
                return found
            made = await self._make(connection, missing)
        raise KeysUnavailable("no key can be made for this data now: repeat with the same request_id")

    async def by_ids(self, connection: Connection, ids: Collection[UUID]) -> dict[UUID, DataKey | None]:
        """Keys by id: None for one that was destroyed; one that never was is missing."""
        found: dict[UUID, DataKey | None] = {key_id: key for key_id in ids if (key := self._cache.by_id(key_id))}
        if missing := sorted({key_id for key_id in ids if key_id not in found}):
            read_at = self._cache.now()
            rows = await self._readable(connection, sql.keys_by_id, missing)
            found |= {row["id"]: None for row in rows if row["erased"]}
            found |= {key.id: key for key in self._opened(rows, read_at)}
        return found

    async def destroy(self, connection: Connection, subjects: Collection[Subject]) -> None:
        distinct = sorted(set(subjects))
        await connection.execute(sql.lock_subjects, _SUBJECTS, _buckets(distinct))
        await connection.execute(sql.destroy_keys, *_columns(distinct))
        for subject in distinct:
            self._cache.forget(subject)

    async def _fetch(self, connection: Connection, subjects: Sequence[Subject], made: Sequence[UUID]) -> dict[Subject, DataKey]:
        """Keys that are there. `made` goes again if one was erased meanwhile: the caller may live with Erased."""
        read_at = self._cache.now()
        rows = await self._readable(connection, sql.keys_of_subjects, *_columns(subjects))
        if erased := next((row for row in rows if row["erased"]), None):
            if made:
                await connection.execute(sql.unmake_keys, made)
            raise Erased(f"{erased['subject_kind']} {erased['subject_id']} was erased: nothing can be sealed for it")
        return {key.subject: key for key in self._opened(rows, read_at)}

    async def _readable(self, connection: Connection, statement: str, *arguments: Any) -> Sequence[Any]:
        """Rows whose key-encryption keys this process has: between two statements one may have been made, another deleted."""
        for _ in range(_TRIES):
            rows: Sequence[Any] = await connection.fetch(statement, *arguments)
            if all(row["kek_id"] is None or self._keyring.get(row["kek_id"]) for row in rows):
                return rows
            await self._refresh(connection)
        raise CannotOpen("the key-encryption key of this data is not to be found")

    def _opened(self, rows: Sequence[Any], read_at: float) -> list[DataKey]:
        """Opens the keys among `rows`, and remembers those that are sure to stay."""
        found = []
        for row in rows:
            if row["kek_id"] and (kek := self._keyring.get(row["kek_id"])):
                subject = Subject(row["subject_kind"], row["subject_id"])
                key = DataKey(row["id"], subject, AESGCM(keys.unwrap(kek, row["id"], subject, row["wrapped"])))
                found.append(key)
                if not row["own"]:
                    self._cache.put(key, read_at)
        return found

    async def _make(self, connection: Connection, subjects: Sequence[Subject]) -> list[UUID]:
        """Makes keys unless others do so first, or this process does not know the current key-encryption key yet. Returns the
        ids tried."""
        kek = self._keyring.current
        ids = [uuid7() for _ in subjects]
        wrapped = [keys.new_wrapped(kek, key_id, subject) for key_id, subject in zip(ids, subjects, strict=True)]
        done = await connection.execute(
            sql.make_keys, kek.id, ids, *_columns(subjects), wrapped, _SUBJECTS, _buckets(subjects)
        )  # fmt: skip
        if done == "INSERT 0 0":
            await self._refresh(connection)
        return ids

    async def _refresh(self, connection: Connection) -> None:
        try:
            await self._keyring.refresh(connection)
        except KeyProviderFault as fault:
            raise KeysUnavailable("the keys of this data are out of reach: repeat with the same request_id") from fault


def _columns(subjects: Sequence[Subject]) -> tuple[list[str], list[UUID]]:
    return [subject.kind for subject in subjects], [subject.id for subject in subjects]


def _buckets(subjects: Collection[Subject]) -> list[int]:
    return sorted({subject.bucket for subject in subjects})
