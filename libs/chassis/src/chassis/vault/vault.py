"""Sealing and opening inside a transaction. A key that is in memory costs no statement; any number of others costs one."""

from __future__ import annotations

import hmac
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from chassis.audit import trail
from chassis.db.database import Database
from chassis.db.pool import Connection
from chassis.vault import blob
from chassis.vault.blob import Place
from chassis.vault.cache import KeyCache
from chassis.vault.data_keys import DataKeys
from chassis.vault.digests import digest_key
from chassis.vault.errors import CannotOpen, Erased, KeyProviderFault
from chassis.vault.keyring import Keyring, sql
from chassis.vault.keys import Subject

_NAMED_AT_MOST = 1_000  # as in an audit entry


@dataclass(frozen=True, slots=True)
class ToSeal:
    """A value of `subject` for `place`."""

    subject: Subject
    place: Place
    plaintext: bytes = field(repr=False)


class Vault:
    """All calls raise KeysUnavailable when the provider of the root key is needed (a key-encryption key this process has not seen
    yet) and does not help.
    """

    def __init__(self, keyring: Keyring, cache: KeyCache) -> None:
        self.keyring = keyring
        self._cache = cache
        self._keys = DataKeys(keyring, cache)
        self._digest_key = b""

    async def start(self, database: Database) -> None:
        """Opens the key of `digest`; the first process makes it."""
        self._digest_key = await database.run(lambda connection: digest_key(connection, self))

    def digest(self, content: bytes) -> bytes:
        """HMAC-SHA256 with a key of the service, the same in all its processes: tells whether two contents are equal to nobody
        but the service."""
        if not self._digest_key:
            raise KeyProviderFault("the vault is not open")
        return hmac.digest(self._digest_key, content, "sha256")

    async def seal(self, connection: Connection, subject: Subject, place: Place, plaintext: bytes) -> bytes:
        """`plaintext` sealed for `place`, 45 bytes longer. Makes the subject's key if it has none. Raises Erased."""
        return (await self.seal_many(connection, [ToSeal(subject, place, plaintext)]))[0]

    async def seal_many(self, connection: Connection, values: Sequence[ToSeal]) -> list[bytes]:
        """As `seal`, in order. Raises Erased if any subject is."""
        keys = await self._keys.of_subjects(connection, {value.subject for value in values})
        return [blob.seal_value(keys[v.subject].aead, keys[v.subject].id, v.place, v.plaintext) for v in values]

    async def open(self, connection: Connection, place: Place, sealed: bytes) -> bytes:
        """The plaintext. Raises Erased when its key was destroyed, CannotOpen for anything else that is wrong with it."""
        plaintext = (await self.open_many(connection, [(place, sealed)]))[0]
        if plaintext is None:
            raise Erased(f"{place}: its key was destroyed")
        return plaintext

    async def open_many(self, connection: Connection, values: Sequence[tuple[Place, bytes]]) -> list[bytes | None]:
        """As `open`, in order, but None in the place of an erased value: a list goes on without it."""
        ids = [blob.key_id_of(place, sealed) for place, sealed in values]
        keys = await self._keys.by_ids(connection, set(ids))
        opened: list[bytes | None] = []
        for key_id, (place, sealed) in zip(ids, values, strict=True):
            if key_id not in keys:
                raise CannotOpen(f"{place}: sealed with a key nobody has")
            key = keys[key_id]
            opened.append(blob.open_value(key.aead, place, sealed) if key else None)
        return opened

    async def destroy(self, connection: Connection, *subjects: Subject) -> None:
        """Erases all that is sealed for `subjects` once the transaction commits: deletes their keys and registers them for ever.

        Every process forgets the keys within the age of its cache, this one at once with `forget` after the commit. To repeat it
        does no harm: so the register is applied again to a restored database. What is not sealed (blind indexes) is the caller's.
        """
        await self._keys.destroy(connection, subjects)
        trail.touched(subject.name for subject in subjects)

    def forget(self, *subjects: Subject) -> None:
        """Drops keys from this process' memory."""
        for subject in subjects:
            self._cache.forget(subject)

    async def erased(self, connection: Connection, kind: str, after: UUID | None, limit: int) -> list[UUID]:
        """A page of the register, behind `after`, by id."""
        return [row["subject_id"] for row in await connection.fetch(sql.list_erased, kind, after, limit)]

    async def not_erased(self, connection: Connection, kind: str, ids: Collection[UUID]) -> list[UUID]:
        """Those of `ids` who are not in the register."""
        return [row["id"] for row in await connection.fetch(sql.find_not_erased, kind, list(ids))]

    async def sweep(self, connection: Connection) -> int:
        """Deletes keys of registered subjects that a restored backup brought back, which nothing uses; returns how many."""
        swept = await connection.fetch(sql.sweep_keys, _NAMED_AT_MOST)
        trail.touched(Subject(row["subject_kind"], row["subject_id"]).name for row in swept)
        return swept[0]["total"] if swept else 0
