"""The key-encryption keys of this process, opened once."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from uuid_utils.compat import uuid7

from chassis.db.database import Database
from chassis.db.locks import lock_class
from chassis.db.pool import Connection
from chassis.db.statements import Statements
from chassis.logging import logger
from chassis.vault.errors import KeyProviderFault
from chassis.vault.keys import KEY_BYTES, Kek
from chassis.vault.providers import KeyProvider, Wrapped

PURPOSE = "DATA"
sql = Statements("chassis.vault")


class Keyring:
    """`providers`: the first wraps new key-encryption keys, all unwrap what they once wrapped. Faults are KeyProviderFault."""

    def __init__(self, providers: Sequence[KeyProvider]) -> None:
        self._wraps = providers[0]
        self._providers = {provider.name: provider for provider in providers}
        self._keks: dict[UUID, Kek] = {}
        self._current: UUID | None = None
        self._opening: dict[UUID, asyncio.Task[Kek]] = {}

    @property
    def current(self) -> Kek:
        """The one new data keys are wrapped with; another process may have retired it a moment ago."""
        if self._current is None:
            raise KeyProviderFault("the keyring is not open")
        return self._keks[self._current]

    def get(self, kek_id: UUID) -> Kek | None:
        return self._keks.get(kek_id)

    async def start(self, database: Database) -> None:
        """Opens every key-encryption key; makes the first one in a new database."""
        rows = await database.run(_rows)
        if not any(row["current"] for row in rows):

            async def insert(connection: Connection) -> Sequence[Any]:
                await alone(connection)
                await insert_kek(connection, *await self.make())
                return await _rows(connection)

            rows = await database.run(insert)
        await self._take(rows)

    async def refresh(self, connection: Connection) -> None:
        """Learns of keys that were made or deleted since; asks the provider for new ones only."""
        await self._take(await _rows(connection))

    async def make(self) -> tuple[UUID, Wrapped]:
        """A new key-encryption key, wrapped and proven to open again, not yet in the database."""
        kek_id = uuid7()
        return kek_id, await self._wrap(kek_id, os.urandom(KEY_BYTES))

    async def wrap_anew(self, kek_id: UUID, wrapped: Wrapped) -> Wrapped:
        """The same key under the root key that is current now."""
        return await self._wrap(kek_id, await self._unwrap(kek_id, wrapped))

    async def root(self) -> tuple[str, str]:
        """Provider and id of the root key that is current now."""
        wrapped = (await self.make())[1]
        return wrapped.provider, wrapped.key_id

    async def _take(self, rows: Sequence[Any]) -> None:
        opened = await asyncio.gather(*(self._open(row) for row in rows))
        self._keks = {kek.id: kek for kek in opened}
        self._current = next((row["id"] for row in rows if row["current"]), None)

    async def _open(self, row: Any) -> Kek:
        """Those who ask for the same key at once share one question, which outlives whoever is cancelled."""
        if kek := self._keks.get(row["id"]):
            return kek
        task = self._opening.get(row["id"])
        if task is None:
            task = self._opening[row["id"]] = asyncio.create_task(self._ask(row["id"], wrapped_of(row)))
            task.add_done_callback(lambda done: self._opened(row["id"], done))
        return await asyncio.shield(task)

    def _opened(self, kek_id: UUID, task: asyncio.Task[Kek]) -> None:
        del self._opening[kek_id]
        if not task.cancelled():
            task.exception()  # somebody has seen it even if all who waited are gone

    async def _ask(self, kek_id: UUID, wrapped: Wrapped) -> Kek:
        return Kek(kek_id, AESGCM(await self._unwrap(kek_id, wrapped)))

    async def _unwrap(self, kek_id: UUID, wrapped: Wrapped) -> bytes:
        provider = self._providers.get(wrapped.provider)
        if provider is None:
            raise KeyProviderFault(f"key {kek_id} was wrapped by the provider {wrapped.provider}, which is not configured")
        try:
            return await provider.unwrap(wrapped, _context(kek_id))
        except KeyProviderFault as fault:
            logger().error(
                "a key-encryption key does not open", key=str(kek_id), part=wrapped.provider, error=type(fault).__name__
            )
            raise

    async def _wrap(self, kek_id: UUID, key: bytes) -> Wrapped:
        wrapped = await self._wraps.wrap(key, _context(kek_id))
        if await self._wraps.unwrap(wrapped, _context(kek_id)) != key:
            raise KeyProviderFault(f"what the provider {self._wraps.name} wraps it does not unwrap")
        return wrapped


async def alone(connection: Connection) -> None:
    """Until the transaction ends no other one wraps a key-encryption key: none that an older root key wrapped comes unseen."""
    await connection.execute("SELECT pg_advisory_xact_lock($1, 0)", lock_class("kamai.vault.rotation"))


async def insert_kek(connection: Connection, kek_id: UUID, wrapped: Wrapped) -> None:
    await connection.execute(sql.insert_kek, kek_id, wrapped.provider, wrapped.key_id, wrapped.wrapped, PURPOSE)


async def _rows(connection: Connection) -> Sequence[Any]:
    return await connection.fetch(sql.list_keks)


def wrapped_of(row: Any) -> Wrapped:
    return Wrapped(row["provider"], row["provider_key_id"], row["wrapped"])


def _context(kek_id: UUID) -> dict[str, str]:
    return {"application": "kamai", "purpose": PURPOSE, "key": str(kek_id)}
