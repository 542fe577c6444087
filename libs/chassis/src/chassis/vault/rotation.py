"""New keys in place of old ones while everything goes on. Each step may be repeated, by several processes at once, and goes on
where it was when one of them dies: a wrapped key is replaced by the same key wrapped anew, in one transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg

from chassis.db.database import Database
from chassis.db.pool import Connection
from chassis.logging import logger
from chassis.vault import keys
from chassis.vault.errors import CannotOpen, KeyProviderFault
from chassis.vault.keyring import PURPOSE, Keyring, alone, insert_kek, sql, wrapped_of
from chassis.vault.keys import Kek, Subject

_BATCH = 10_000
_FIRST = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Progress:
    """`total`: data keys that were wrapped by an older key when this run began."""

    moved: int
    total: int


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """`left`: data keys still wrapped by an older key, because somebody else held them or they do not open; run it again.
    `keks_deleted`: key-encryption keys nothing needs any more."""

    moved: int
    left: int
    keks_deleted: int


@dataclass(frozen=True, slots=True)
class _Batch:
    last: UUID | None
    moved: int


async def rotate_kek(keyring: Keyring, database: Database) -> UUID:
    """Makes a new key-encryption key, the current one from now on, and returns its id; `rewrap` moves the data keys to it."""

    async def replace(connection: Connection) -> UUID:
        await alone(connection)
        kek_id, wrapped = await keyring.make()
        await connection.execute(sql.retire_keks, PURPOSE)
        await insert_kek(connection, kek_id, wrapped)
        return kek_id

    kek_id = await database.run(replace)
    await database.run(keyring.refresh)
    return kek_id


async def rewrap_keks(keyring: Keyring, database: Database) -> int:
    """Wraps every key-encryption key with the root key (and provider) that is current now; returns how many. Then the old root
    key may go, and with it every backup from before that needs it. Raises KeyProviderFault while a key still needs another one.
    """

    async def wrap_all(connection: Connection) -> int:
        await alone(connection)
        rows = await connection.fetch(sql.list_keks)
        for row in rows:
            new = await keyring.wrap_anew(row["id"], wrapped_of(row))
            await connection.execute(sql.wrap_kek_anew, row["id"], new.provider, new.key_id, new.wrapped)
        return len(rows)

    count = await database.run(wrap_all)
    root = await keyring.root()
    rows = await database.run(lambda connection: connection.fetch(sql.list_keks))
    if others := [str(row["id"]) for row in rows if (row["provider"], row["provider_key_id"]) != root]:
        raise KeyProviderFault(f"another root key still wraps {', '.join(others)}: no older one may go; run `rewrap-root` again")
    return count


async def rewrap(
    keyring: Keyring, database: Database, progress: Callable[[Progress], None] | None = None, batch: int = _BATCH
) -> Rewrapped:
    """Wraps all data keys with the current key-encryption key, `batch` in a transaction, then deletes keys nothing needs.

    Keys of registered subjects are deleted before. Readers are never in the way, nor it in theirs.
    """
    await database.run(lambda connection: connection.execute(sql.sweep_keys, 0))
    await database.run(keyring.refresh)
    total, moved = await _outdated(keyring, database), 0
    while True:
        before = moved
        async for count in _passed(keyring, database, batch):
            moved += count
            if progress:
                progress(Progress(moved, total))
        left = await _outdated(keyring, database)
        if not left or moved == before:
            break
    return Rewrapped(moved, left, await _delete_unused(database))


async def _passed(keyring: Keyring, database: Database, size: int) -> AsyncIterator[int]:
    """One pass over all outdated data keys nobody else holds, in the order of their ids; yields how many each batch moved."""
    after: UUID | None = _FIRST
    while after is not None:
        done = await database.run(partial(_move, keyring, after, size))
        after = done.last
        yield done.moved


async def _move(keyring: Keyring, after: UUID, size: int, connection: Connection) -> _Batch:
    await keyring.refresh(connection)
    kek = keyring.current
    await connection.execute(sql.hold_kek, kek.id)
    rows = await connection.fetch(sql.next_outdated_keys, after, kek.id, size)
    if not rows:
        return _Batch(None, 0)
    ids, wrapped = await asyncio.to_thread(_wrapped_anew, keyring, kek, rows)
    await connection.execute(sql.wrap_keys_anew, kek.id, ids, wrapped)
    return _Batch(rows[-1]["id"], len(ids))


def _wrapped_anew(keyring: Keyring, kek: Kek, rows: Sequence[Any]) -> tuple[list[UUID], list[bytes]]:
    """In a thread, so that a service that rewraps goes on answering. A key that does not open is left as it is, for a person."""
    ids, wrapped = [], []
    for row in rows:
        subject, old = Subject(row["subject_kind"], row["subject_id"]), keyring.get(row["kek_id"])
        try:
            if old is None:
                raise CannotOpen
            key = keys.unwrap(old, row["id"], subject, row["wrapped"])
        except CannotOpen:
            logger().error("a data key does not open", key=str(row["id"]))
            continue
        ids.append(row["id"])
        wrapped.append(keys.wrap(kek, row["id"], subject, key))
    return ids, wrapped


async def _outdated(keyring: Keyring, database: Database) -> int:
    async def count(connection: Connection) -> int:
        number: int = await connection.fetchval(sql.count_outdated_keys, keyring.current.id)
        return number

    return await database.run(count)


async def _delete_unused(database: Database) -> int:
    try:
        return len(await database.run(lambda connection: connection.fetch(sql.delete_unused_keks)))
    except asyncpg.ForeignKeyViolationError:  # a transaction that began before the rotation has just used one: the next run
        return 0
