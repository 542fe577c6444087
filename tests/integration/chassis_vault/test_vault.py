"""Sealing and opening in transactions: one key for a subject, whoever is first, and none that was not committed."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from chassis.db.database import Database
from chassis.db.pool import Connection
from chassis.vault import CannotOpen, Place, Subject, ToSeal, Vault
from chassis.vault.cache import KeyCache
from chassis.vault.keyring import sql
from integration.chassis_vault.helpers import NewVault, blocked, place, rolled_back, someone


async def test_a_value_opens_in_another_process(database: Database, vault: Vault, new_vault: NewVault) -> None:
    """What one process sealed another opens, in its place only, and no byte of it is in the blob."""
    ada = someone()
    sealed = await database.run(lambda c: vault.seal(c, ada, place(), b"86095742719"))
    other = await new_vault()
    assert await database.run(lambda c: other.open(c, place(), sealed)) == b"86095742719"
    assert b"86095742719" not in sealed
    for elsewhere in (place("2"), Place("organisation:2", "contractor", "tax_number", "1")):
        with pytest.raises(CannotOpen):
            await database.run(lambda c, elsewhere=elsewhere: other.open(c, elsewhere, sealed))


async def test_many_are_sealed_and_opened_with_few_statements(connection: Connection, vault: Vault, new_vault: NewVault) -> None:
    """500 new subjects take three statements, opening their values one, and none at all what is in memory."""
    statements: list[str] = []
    ours = {text for _, text in sql.items()}
    people = [someone() for _ in range(500)]
    values = [ToSeal(person, place(n), str(n).encode()) for n, person in enumerate([*people, *people])]
    connection.add_query_logger(lambda query: statements.append(query.query))

    async def sent() -> list[str]:
        """What was sent since the last look; the logger hears of a statement a turn of the loop after it."""
        await asyncio.sleep(0)
        said = [text for text in statements if text in ours]
        statements.clear()
        return said

    async with connection.transaction():
        sealed = await vault.seal_many(connection, values)
    assert await sent() == [sql.keys_of_subjects, sql.make_keys, sql.keys_of_subjects]
    other = await new_vault()
    for expected in ([sql.keys_by_id], []):
        opened = await other.open_many(connection, [(value.place, blob) for value, blob in zip(values, sealed, strict=True)])
        assert opened == [value.plaintext for value in values]
        assert await sent() == expected
    assert await other.seal_many(connection, []) == await other.open_many(connection, []) == []


async def test_two_first_keys_are_one(database: Database, vault: Vault, new_vault: NewVault, connection: Connection) -> None:
    """The second of two transactions that make a subject's first key waits, and seals with the first one's."""
    ada, other = someone(), await new_vault()
    async with database.transaction() as first:
        one = await vault.seal(first, ada, place("1"), b"one")
        second = asyncio.create_task(database.run(lambda c: other.seal(c, ada, place("2"), b"two")))
        await blocked(connection)
    two = await second
    assert one[:17] == two[:17]
    fresh = await new_vault()
    assert await fresh.open_many(connection, [(place("1"), one), (place("2"), two)]) == [b"one", b"two"]


async def test_a_crowd_makes_one_key(database: Database, new_vault: NewVault, connection: Connection) -> None:
    """12 processes that meet 20 new subjects at once, in different orders, end with 20 keys, and all opens."""
    people = [someone() for _ in range(20)]
    vaults = [await new_vault() for _ in range(12)]

    async def seal_all(number: int, vault: Vault) -> list[tuple[Place, bytes]]:
        order = people[number:] + people[:number]
        values = [ToSeal(person, place(f"{person.id}/{number}"), b"value") for person in order]
        sealed = await database.run(lambda c: vault.seal_many(c, values))
        return [(value.place, blob) for value, blob in zip(values, sealed, strict=True)]

    made = [pair for pairs in await asyncio.gather(*(seal_all(*each) for each in enumerate(vaults))) for pair in pairs]
    assert await connection.fetchval("SELECT count(*) FROM data_key") == 20
    assert set(await (await new_vault()).open_many(connection, made)) == {b"value"}


async def test_a_key_that_was_not_committed_is_not_used_again(
    database: Database, vault: Vault, new_vault: NewVault, connection: Connection
) -> None:
    """After a rollback, of the transaction or of a part of it, the next seal makes a key anew: the value opens elsewhere."""
    ada = someone()
    async with rolled_back(database.transaction()) as first:
        lost = await vault.seal(first, ada, place(), b"lost")
        assert await vault.open(first, place(), lost) == b"lost"
    async with database.transaction() as second:
        async with rolled_back(second.transaction()):
            await vault.seal(second, ada, place(), b"lost too")
        kept = await vault.seal(second, ada, place(), b"kept")
    assert await (await new_vault()).open(connection, place(), kept) == b"kept"
    with pytest.raises(CannotOpen, match="a key nobody has"):
        await vault.open(connection, place(), lost)


async def test_first_after_a_rollback(database: Database, vault: Vault, new_vault: NewVault, connection: Connection) -> None:
    """Whoever waited for another's key that was rolled back makes its own."""
    ada, other = someone(), await new_vault()
    async with rolled_back(database.transaction()) as first:
        await vault.seal(first, ada, place(), b"lost")
        waiting = asyncio.create_task(database.run(lambda c: other.seal(c, ada, place(), b"kept")))
        await blocked(connection)
    assert await vault.open(connection, place(), await waiting) == b"kept"


async def test_rows_of_keys_cannot_be_exchanged(
    database: Database, vault: Vault, new_vault: NewVault, connection: Connection
) -> None:
    """Whoever can write to the table cannot make one subject's key another's."""
    ada, bob = someone(), someone()
    sealed = await database.run(lambda c: vault.seal_many(c, [ToSeal(who, place(), b"value") for who in (ada, bob)]))
    await connection.execute(
        "UPDATE data_key SET wrapped = (SELECT wrapped FROM data_key WHERE subject_id = $1) WHERE subject_id = $2", ada.id, bob.id
    )  # fmt: skip
    other = await new_vault()
    assert await other.open(connection, place(), sealed[0]) == b"value"
    with pytest.raises(CannotOpen, match="does not open with its key-encryption key"):
        await other.open(connection, place(), sealed[1])


async def test_kinds_of_subjects_are_apart(database: Database, vault: Vault, connection: Connection) -> None:
    """The same id of two kinds is two subjects."""
    same = uuid4()
    values = [ToSeal(Subject(kind, same), place(), b"value") for kind in ("CONTRACTOR", "ORGANISATION")]
    one, two = await database.run(lambda c: vault.seal_many(c, values))
    assert one[:17] != two[:17]


async def test_processes_that_open_at_once_have_one_key(new_vault: NewVault, connection: Connection) -> None:
    """8 processes that meet an empty database make one key-encryption key."""
    vaults = await asyncio.gather(*(new_vault() for _ in range(8)))
    assert len({vault.keyring.current.id for vault in vaults}) == 1
    assert await connection.fetchval("SELECT count(*) FROM key_encryption_key") == 1


async def test_a_small_cache_changes_nothing_but_time(vault: Vault, database: Database, connection: Connection) -> None:
    """With room for one key everything opens still."""
    tight = Vault(vault.keyring, KeyCache(1))
    values = [ToSeal(someone(), place(n), str(n).encode()) for n in range(50)]
    sealed: Any = await database.run(lambda c: tight.seal_many(c, values))
    pairs = [(value.place, blob) for value, blob in zip(values, sealed, strict=True)]
    assert await tight.open_many(connection, pairs) == [value.plaintext for value in values]


async def test_statements_prepare(connection: Connection) -> None:
    """No statement names what is not there, and the application role may run each."""
    for _name, text in sql.items():
        await connection.prepare(text)
