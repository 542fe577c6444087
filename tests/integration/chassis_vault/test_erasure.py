"""A destroyed key is destroyed: nothing opens, nothing new is sealed, and a backup brings nothing back."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from chassis.db.database import Database
from chassis.db.pool import Connection
from chassis.vault import Erased, Subject, ToSeal, Vault
from chassis.vault.cache import KeyCache
from integration.chassis_vault.helpers import NewVault, blocked, place, rolled_back, someone

_BACKUP = "CREATE TABLE backup AS TABLE data_key"
_RESTORE = "INSERT INTO data_key SELECT * FROM backup ON CONFLICT DO NOTHING"


async def keys(connection: Connection) -> set[UUID]:
    return {row["subject_id"] for row in await connection.fetch("SELECT subject_id FROM data_key")}


async def test_erasure(database: Database, vault: Vault, new_vault: NewVault, connection: Connection) -> None:
    """After it, values of this subject neither open nor can be sealed, here and elsewhere; a neighbour's do. A list goes on."""
    ada, bob = someone(), someone()
    of_ada, of_bob = await database.run(lambda c: vault.seal_many(c, [ToSeal(who, place(), b"value") for who in (ada, bob)]))
    await database.run(lambda c: vault.destroy(c, ada))
    assert await keys(connection) == {bob.id}
    for process in (vault, await new_vault()):
        with pytest.raises(Erased):
            await process.open(connection, place(), of_ada)
        with pytest.raises(Erased, match=str(ada.id)):
            await database.run(lambda c, process=process: process.seal(c, ada, place(), b"more"))
        assert await process.open_many(connection, [(place(), of_ada), (place(), of_bob)]) == [None, b"value"]
    assert await keys(connection) == {bob.id}


async def test_a_restored_key_is_not_used(
    database: Database, vault: Vault, new_vault: NewVault, connection: Connection, owner: Connection
) -> None:
    """With its row back from a backup a destroyed key opens and seals nothing; the sweep deletes it again, and only it."""
    ada, bob = someone(), someone()
    sealed = await database.run(lambda c: vault.seal_many(c, [ToSeal(who, place(), b"value") for who in (ada, bob)]))
    await owner.execute(_BACKUP)
    await database.run(lambda c: vault.destroy(c, ada))
    await owner.execute(_RESTORE)
    assert await keys(connection) == {ada.id, bob.id}
    other = await new_vault()
    with pytest.raises(Erased):
        await other.open(connection, place(), sealed[0])
    with pytest.raises(Erased):
        await database.run(lambda c: other.seal(c, ada, place(), b"more"))
    assert await database.run(other.sweep) == 1
    assert await database.run(other.sweep) == 0
    assert await keys(connection) == {bob.id}


async def test_the_register_is_applied_again(
    database: Database, vault: Vault, new_vault: NewVault, connection: Connection, owner: Connection
) -> None:
    """A restore that took the register back too: destroying those of the exported register again erases them again, and keeps
    when a known one was erased."""
    ada = someone()
    sealed = await database.run(lambda c: vault.seal(c, ada, place(), b"value"))
    await owner.execute(_BACKUP)
    await database.run(lambda c: vault.destroy(c, ada))
    first = await connection.fetchrow("SELECT erased_at, data_key_id FROM erased_subject")
    await database.run(lambda c: vault.destroy(c, ada, someone()))
    assert first == await connection.fetchrow("SELECT erased_at, data_key_id FROM erased_subject WHERE subject_id = $1", ada.id)
    await owner.execute("DELETE FROM erased_subject")
    await owner.execute(_RESTORE)
    other = await new_vault()
    assert await other.open(connection, place(), sealed) == b"value"
    await database.run(lambda c: other.destroy(c, *[ada, ada]))
    assert await keys(connection) == set()
    with pytest.raises(Erased):
        await other.open(connection, place(), sealed)


async def test_a_key_restored_after_its_register(
    database: Database, vault: Vault, new_vault: NewVault, connection: Connection, owner: Connection
) -> None:
    """A register that was applied to an empty database holds when rows of keys come later; the sweep notes which they were."""
    ada = someone()
    sealed = await database.run(lambda c: vault.seal(c, ada, place(), b"value"))
    await owner.execute(_BACKUP)
    await owner.execute("DELETE FROM data_key")
    await database.run(lambda c: vault.destroy(c, ada))
    await owner.execute(_RESTORE)
    other = await new_vault()
    for swept in (1, 0):
        with pytest.raises(Erased):
            await other.open(connection, place(), sealed)
        assert await database.run(other.sweep) == swept


async def test_a_rolled_back_erasure_erased_nothing(database: Database, vault: Vault, connection: Connection) -> None:
    """In its transaction the subject is erased; when that fails, it never was."""
    ada = someone()
    sealed = await database.run(lambda c: vault.seal(c, ada, place(), b"value"))
    async with rolled_back(database.transaction()) as inside:
        await vault.destroy(inside, ada)
        with pytest.raises(Erased):
            await vault.open(inside, place(), sealed)
    assert await vault.open(connection, place(), sealed) == b"value"


async def test_memory_forgets_within_the_age(database: Database, vault: Vault, connection: Connection) -> None:
    """Another process that has the key goes on for at most the age of its memory; `forget` ends it at once."""
    ada, now = someone(), 0.0
    cached = [Vault(vault.keyring, KeyCache(10, 60, lambda: now)) for _ in range(2)]
    sealed = await database.run(lambda c: vault.seal(c, ada, place(), b"value"))
    for other in cached:
        assert await other.open(connection, place(), sealed) == b"value"
    await database.run(lambda c: vault.destroy(c, ada))
    now = 59.9
    assert await cached[0].open(connection, place(), sealed) == b"value"
    cached[1].forget(ada)
    with pytest.raises(Erased):
        await cached[1].open(connection, place(), sealed)
    now = 60.0
    with pytest.raises(Erased):
        await cached[0].open(connection, place(), sealed)


async def test_erasure_waits_for_a_key_that_is_being_made(
    database: Database, vault: Vault, new_vault: NewVault, connection: Connection
) -> None:
    """A first key whose transaction is under way is destroyed as soon as it is there."""
    ada, other = someone(), await new_vault()
    async with database.transaction() as making:
        sealed = await vault.seal(making, ada, place(), b"value")
        erasure = asyncio.create_task(database.run(lambda c: other.destroy(c, ada)))
        await blocked(connection)
    await erasure
    assert await keys(connection) == set()
    with pytest.raises(Erased):
        await (await new_vault()).open(connection, place(), sealed)


async def test_no_key_is_made_for_whom_an_erasure_is_under_way(
    database: Database, vault: Vault, new_vault: NewVault, connection: Connection
) -> None:
    """Whoever would make a first key meanwhile waits, then hears that the subject was erased; catching that leaves no key."""
    ada, bob, other = someone(), someone(), await new_vault()

    async def seal_and_go_on(inside: Connection) -> str:
        try:
            await other.seal_many(inside, [ToSeal(who, place(), b"value") for who in (ada, bob)])
        except Erased:
            return "erased"
        return "sealed"

    async with database.transaction() as erasing:
        await vault.destroy(erasing, ada)
        sealing = asyncio.create_task(database.run(seal_and_go_on))
        await blocked(connection)
    assert await sealing == "erased"
    assert await keys(connection) == set()


async def test_erasures_and_new_keys_at_once(database: Database, new_vault: NewVault, connection: Connection) -> None:
    """Whatever the order, in the end an erased subject has no key and every other has one."""
    people = [someone() for _ in range(60)]
    vaults = [await new_vault() for _ in range(4)]

    async def seal(vault: Vault, who: Subject) -> None:
        try:
            await database.run(lambda c: vault.seal(c, who, place(), b"value"))
        except Erased:
            assert who in people[::2]

    async def meet(number: int, who: Subject) -> None:
        sealing = [seal(vault, who) for vault in vaults]
        erasing = [database.run(lambda c: vaults[0].destroy(c, who))] if number % 2 == 0 else []
        await asyncio.gather(*sealing[:2], *erasing, *sealing[2:])

    await asyncio.gather(*(meet(number, who) for number, who in enumerate(people)))
    assert await keys(connection) == {who.id for who in people[1::2]}
