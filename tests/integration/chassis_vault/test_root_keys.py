"""A root key goes only when nothing needs it any more."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest
from chassis.db.database import Database
from chassis.db.pool import Connection
from chassis.vault import KeyProviderFault, Vault, rotation
from chassis.vault.keyring import Keyring, insert_kek
from chassis.vault.providers import FileKeys, Wrapped, new_file_key
from integration.chassis_vault.helpers import NewVault, blocked


class Hesitant(FileKeys):
    """Files of root keys, of a process that stands still between a wrapping and what it does next."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.wrapped, self.go_on = asyncio.Event(), asyncio.Event()

    async def wrap(self, key: bytes, context: Mapping[str, str]) -> Wrapped:
        made = await super().wrap(key, context)
        self.wrapped.set()
        await self.go_on.wait()
        return made


async def test_rewrapping_sees_a_key_that_is_being_made(
    database: Database, vault: Vault, new_vault: NewVault, roots: Path, connection: Connection
) -> None:
    """A new key-encryption key that the old root key has just wrapped, and is not stored yet, is rewrapped too: the old root key
    may go then."""
    old, hesitant = (roots / "current").read_text().strip(), Hesitant(roots)
    keyring = Keyring([hesitant])
    await keyring.start(database)
    rotating = asyncio.create_task(rotation.rotate_kek(keyring, database))
    await hesitant.wrapped.wait()
    new_file_key(roots)
    rewrapping = asyncio.create_task(rotation.rewrap_keks((await new_vault()).keyring, database))
    await blocked(connection)
    hesitant.go_on.set()
    made = await rotating
    assert await rewrapping == 2
    (roots / f"{old}.key").unlink()
    assert (await new_vault()).keyring.current.id == made


async def test_nobody_is_told_that_a_root_key_may_go_while_it_is_needed(
    database: Database, vault: Vault, roots: Path, connection: Connection
) -> None:
    """A key that an older root key wraps behind the back of the rewrapping, as one from a replica that has not heard of the new
    root key would be, is named instead."""
    old_kek, old_wrapped = await vault.keyring.make()

    class Stale(FileKeys):
        async def wrap(self, key: bytes, context: Mapping[str, str]) -> Wrapped:
            if not await connection.fetchval("SELECT true FROM key_encryption_key WHERE id = $1", old_kek):
                await connection.execute("UPDATE key_encryption_key SET retired_at = now()")
                await insert_kek(connection, old_kek, old_wrapped)
            return await super().wrap(key, context)

    new_file_key(roots)
    keyring = Keyring([Stale(roots)])
    await keyring.start(database)
    with pytest.raises(KeyProviderFault, match=str(old_kek)):
        await rotation.rewrap_keks(keyring, database)
    assert await rotation.rewrap_keks(keyring, database) == 2
