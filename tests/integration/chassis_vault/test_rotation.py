"""Keys of every level change while everything goes on."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

import pytest
from chassis.db.database import Database
from chassis.db.pool import Connection
from chassis.vault import CannotOpen, KeyProviderFault, Place, ToSeal, Vault, rotation
from chassis.vault.cache import KeyCache
from chassis.vault.keyring import Keyring
from chassis.vault.providers import FileKeys, Wrapped, new_file_key
from chassis.vault.rotation import Progress, Rewrapped
from integration.chassis_vault.helpers import NewVault, blocked, place, someone
from support.databases import TestDatabase

Sealed = list[tuple[Place, bytes]]


async def seal_for(database: Database, vault: Vault, count: int) -> Sealed:
    """One value for each of `count` new subjects."""
    values = [ToSeal(someone(), place(n), str(n).encode()) for n in range(count)]
    blobs = await database.run(lambda c: vault.seal_many(c, values))
    return [(value.place, blob) for value, blob in zip(values, blobs, strict=True)]


async def wrapping(connection: Connection) -> dict[UUID, int]:
    """How many data keys each key-encryption key in the database wraps."""
    rows = await connection.fetch(
        "SELECT k.id, count(d.id) AS keys FROM key_encryption_key k LEFT JOIN data_key d ON d.kek_id = k.id GROUP BY k.id"
    )
    return {row["id"]: row["keys"] for row in rows}


async def opens(vault: Vault, connection: Connection, sealed: Sealed) -> bool:
    return await vault.open_many(connection, sealed) == [place.row.encode() for place, _ in sealed]


async def test_rewrap(database: Database, vault: Vault, new_vault: NewVault, connection: Connection) -> None:
    """All data keys move to the new key-encryption key, progress is told, the old one is deleted, and every value opens."""
    told: list[Progress] = []
    sealed = await seal_for(database, vault, 25)
    new = await rotation.rotate_kek(vault.keyring, database)
    done = await rotation.rewrap(vault.keyring, database, told.append, batch=10)
    assert done == Rewrapped(25, 0, 1)
    assert told[:3] == [Progress(10, 25), Progress(20, 25), Progress(25, 25)]
    assert await wrapping(connection) == {new: 25}
    assert await opens(await new_vault(), connection, sealed)
    assert await rotation.rewrap(vault.keyring, database) == Rewrapped(0, 0, 0)


async def test_a_row_somebody_holds_is_met_again(
    database: Database, vault: Vault, connection: Connection, owner: Connection
) -> None:
    """Rewrapping waits for nobody: a held row is passed over and taken in the next round."""
    await seal_for(database, vault, 20)
    await rotation.rotate_kek(vault.keyring, database)
    holding = owner.transaction()
    await holding.start()
    await owner.execute("SELECT FROM data_key ORDER BY id LIMIT 1 FOR UPDATE")
    release: list[asyncio.Task[None]] = []

    def let_go(_: Progress) -> None:
        if not release:
            release.append(asyncio.create_task(holding.commit()))

    assert await rotation.rewrap(vault.keyring, database, let_go, batch=1) == Rewrapped(20, 0, 1)
    await release[0]


class Counted(FileKeys):
    """Counts how often it is asked."""

    asked = 0

    async def unwrap(self, wrapped: Wrapped, context: Mapping[str, str]) -> bytes:
        self.asked += 1
        return await super().unwrap(wrapped, context)


async def test_the_provider_is_asked_once_for_a_key(database: Database, roots: Path, connection: Connection) -> None:
    """Sealing, opening and rewrapping ask for nothing: only a new key-encryption key does, to prove it and to open it."""
    provider = Counted(roots)
    vault = Vault(Keyring([provider]), KeyCache(1))
    await vault.keyring.start(database)
    assert provider.asked == 2
    assert await opens(vault, connection, await seal_for(database, vault, 30))
    await rotation.rotate_kek(vault.keyring, database)
    assert provider.asked == 4
    assert (await rotation.rewrap(vault.keyring, database, batch=3)).moved == 30
    assert provider.asked == 4


async def test_a_process_that_slept_through_a_rotation(
    database: Database, vault: Vault, new_vault: NewVault, connection: Connection
) -> None:
    """One that knows only the deleted key-encryption key opens what is wrapped anew, and makes new keys under the new one."""
    sealed, asleep = await seal_for(database, vault, 3), await new_vault()
    new = await rotation.rotate_kek(vault.keyring, database)
    await rotation.rewrap(vault.keyring, database)
    more = await seal_for(database, asleep, 2)
    assert await wrapping(connection) == {new: 5}
    assert await opens(asleep, connection, sealed)
    assert await opens(await new_vault(), connection, more)


async def test_a_retired_key_in_use_is_not_deleted(
    database: Database, vault: Vault, new_vault: NewVault, connection: Connection
) -> None:
    """A data key made under the old one by a transaction that is still open keeps the old one until the next run."""
    other = await new_vault()
    async with database.transaction() as inside:
        sealed = await other.seal(inside, someone(), place("0"), b"0")
        new = await rotation.rotate_kek(vault.keyring, database)
        run = asyncio.create_task(rotation.rewrap(vault.keyring, database))
        await blocked(connection)
    assert await run == Rewrapped(0, 0, 0)
    assert await rotation.rewrap(vault.keyring, database) == Rewrapped(1, 0, 1)
    assert await wrapping(connection) == {new: 1}
    assert await opens(await new_vault(), connection, [(place("0"), sealed)])


async def test_writers_never_meet_an_unreadable_value(
    database: Database, vault: Vault, new_vault: NewVault, connection: Connection
) -> None:
    """While keys rotate five times with two processes that rewrap, others that remember nothing seal and open without a fault."""
    sealed, finished = await seal_for(database, vault, 400), asyncio.Event()

    async def work(number: int) -> int:
        forgetful, rounds = Vault((await new_vault()).keyring, KeyCache(1)), 0
        while not finished.is_set():
            sealed.extend(await seal_for(database, forgetful, 3))
            start = (rounds * 37 + number * 101) % (len(sealed) - 20)
            assert await database.run(lambda c, start=start: opens(forgetful, c, sealed[start : start + 20]))
            rounds += 1
        return rounds

    workers = [asyncio.create_task(work(number)) for number in range(4)]
    second = await new_vault()
    for _ in range(5):
        await rotation.rotate_kek(vault.keyring, database)
        await asyncio.gather(*(rotation.rewrap(each.keyring, database, batch=40) for each in (vault, second)))
    finished.set()
    assert min(await asyncio.gather(*workers)) > 0
    assert (await rotation.rewrap(vault.keyring, database)).left == 0
    assert await wrapping(connection) == {vault.keyring.current.id: len(sealed)}
    assert await opens(await new_vault(), connection, sealed)


async def test_a_killed_rewrap_goes_on(
    where: TestDatabase, roots: Path, database: Database, vault: Vault, new_vault: NewVault, connection: Connection
) -> None:
    """Killed in the middle it leaves every value readable, some keys moved and some not; the next run moves the rest."""
    sealed = await seal_for(database, vault, 3000)
    new = await rotation.rotate_kek(vault.keyring, database)
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(Path(__file__).with_name("rewrapping.py")), where.app_url, str(roots), "20",
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    for _ in range(5):
        assert await process.stdout.readline()
    process.kill()
    await process.communicate()
    moved = (await wrapping(connection))[new]
    assert 100 <= moved < 3000
    assert await opens(await new_vault(), connection, sealed)
    done = await rotation.rewrap(vault.keyring, database)
    assert done.moved + (await wrapping(connection))[new] >= 3000
    assert (done.left, await wrapping(connection)) == (0, {new: 3000})
    assert await opens(await new_vault(), connection, sealed)


async def test_a_key_that_does_not_open_stops_no_other(
    database: Database, vault: Vault, new_vault: NewVault, connection: Connection
) -> None:
    """A damaged row is left as it is and told of; the key-encryption key it needs stays."""
    sealed = await seal_for(database, vault, 5)
    await connection.execute("UPDATE data_key SET wrapped = '\\x00' WHERE id = $1", UUID(bytes=sealed[2][1][1:17]))
    await rotation.rotate_kek(vault.keyring, database)
    assert await rotation.rewrap(vault.keyring, database, batch=2) == Rewrapped(4, 1, 0)
    other = await new_vault()
    assert await opens(other, connection, sealed[:2] + sealed[3:])
    with pytest.raises(CannotOpen):
        await other.open(connection, *sealed[2])


async def test_rewrap_deletes_restored_keys(
    database: Database, vault: Vault, new_vault: NewVault, connection: Connection, owner: Connection
) -> None:
    """A destroyed key that a backup brought back is not wrapped anew but deleted."""
    ada = someone()
    await database.run(lambda c: vault.seal(c, ada, place(), b"value"))
    await owner.execute("CREATE TABLE backup AS TABLE data_key")
    await database.run(lambda c: vault.destroy(c, ada))
    await owner.execute("INSERT INTO data_key SELECT * FROM backup")
    new = await rotation.rotate_kek(vault.keyring, database)
    assert await rotation.rewrap(vault.keyring, database) == Rewrapped(0, 0, 1)
    assert await wrapping(connection) == {new: 0}


async def test_two_rotations_at_once(database: Database, vault: Vault, new_vault: NewVault, connection: Connection) -> None:
    """Both end, one key-encryption key is current, and what was sealed opens."""
    other, sealed = await new_vault(), await seal_for(database, vault, 3)
    made = await asyncio.gather(*(rotation.rotate_kek(each.keyring, database) for each in (vault, other)))
    current = await connection.fetchval("SELECT id FROM key_encryption_key WHERE retired_at IS NULL")
    assert current in made
    await rotation.rewrap(vault.keyring, database)
    assert await wrapping(connection) == {current: 3}
    assert await opens(await new_vault(), connection, sealed)


async def test_a_new_root_key_without_restart(
    database: Database, vault: Vault, new_vault: NewVault, roots: Path, connection: Connection
) -> None:
    """Key-encryption keys, retired ones too, move to a new root key; then the old file may go: the process that ran all along,
    one that begins now and one that was never told seal and open."""
    sealed, idle = await seal_for(database, vault, 3), await new_vault()
    old = (roots / "current").read_text().strip()
    await rotation.rotate_kek(vault.keyring, database)
    new = new_file_key(roots)
    assert await rotation.rewrap_keks(vault.keyring, database) == 2
    (roots / f"{old}.key").unlink()
    assert {row[0] for row in await connection.fetch("SELECT provider_key_id FROM key_encryption_key")} == {new}
    for each in (vault, idle, await new_vault()):
        assert await opens(each, connection, sealed)
        assert await opens(await new_vault(), connection, await seal_for(database, each, 1))


async def test_a_lost_root_key_is_said_at_the_start(new_vault: NewVault, vault: Vault, roots: Path) -> None:
    """A process that cannot open its keyring does not start, and the fault names the file."""
    lost = (roots / "current").read_text().strip()
    new_file_key(roots)
    (roots / f"{lost}.key").unlink()
    with pytest.raises(KeyProviderFault, match=f"{lost}.key: cannot be read"):
        await new_vault()
