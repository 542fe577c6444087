"""The one way to run a transaction: repeats, deadline, tenant, and what a fault means to the caller."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest
import structlog
from chassis import errors
from chassis.db.database import PLATFORM, Database
from chassis.db.pool import Connection, create_pool, prepare
from support.databases import TestDatabase
from support.probe import things
from support.probe.servicer import GATE
from support.wait import until

_TENANT = "SELECT current_setting('kamai.tenant', true)"


async def test_a_serialization_failure_is_repeated(database: TestDatabase, connection: Connection) -> None:
    """Work whose snapshot went stale runs again and sees the other's change; the caller notices nothing."""
    pool = await asyncpg.create_pool(
        database.app_url,
        min_size=1,
        max_size=2,
        init=prepare,
        server_settings={"default_transaction_isolation": "repeatable read"},
    )
    key, tries = things.new_key(), []
    await things.step(connection, "t", key)

    async def work(inside: Connection) -> int:
        tries.append(1)
        await inside.fetchval("SELECT version FROM thing")  # takes the snapshot
        if len(tries) == 1:
            await things.step(connection, "t", key)
        return await things.step(inside, "t", key)

    assert await Database(pool).run(work) == 3
    assert len(tries) == 2
    await pool.close()


async def test_deadlocks_are_repeated(transactions: Database, connection: Connection) -> None:
    """Two transactions that lock each other's rows both succeed."""
    first, second = sorted([things.new_key(), things.new_key()])
    for key in (first, second):
        await things.step(connection, "t", key)
    met = asyncio.Barrier(2)
    tries = []

    async def both(inside: Connection, one: str, other: str) -> None:
        tries.append(one)
        await things.step(inside, "t", one)
        if len(tries) <= 2:
            await met.wait()
        await things.step(inside, "t", other)

    await asyncio.gather(transactions.run(lambda c: both(c, first, second)), transactions.run(lambda c: both(c, second, first)))
    assert len(tries) == 3
    assert [row["version"] for row in await connection.fetch("SELECT version FROM thing")] == [3, 3]


async def test_repeats_have_an_end(transactions: Database) -> None:
    """What fails every time becomes ABORTED with the advice to repeat."""
    tries = []

    async def work(_inside: Connection) -> None:
        tries.append(1)
        raise asyncpg.SerializationError("again")

    with pytest.raises(errors.Conflict, match="request_id"):
        await transactions.run(work)
    assert len(tries) == 4


async def test_the_time_bounds_every_statement(transactions: Database) -> None:
    """A statement that takes longer than the call has left: DEADLINE_EXCEEDED, and the connection is fit for use again."""
    with pytest.raises(errors.DeadlineExceeded):
        await transactions.run(lambda c: c.execute("SELECT pg_sleep(30)"), timeout_s=0.1)
    assert await transactions.run(lambda c: c.fetchval("SELECT 1")) == 1
    assert await transactions.pool.fetchval("SHOW statement_timeout") == "0"


async def test_a_transaction_that_takes_too_long(transactions: Database, database: TestDatabase) -> None:
    """The server's own bound on transactions is DEADLINE_EXCEEDED or UNAVAILABLE to the caller, never a fault of ours."""
    pool = await asyncpg.create_pool(database.app_url, min_size=1, max_size=1, server_settings={"transaction_timeout": "100ms"})

    async def work(inside: Connection) -> None:
        await inside.execute("SELECT pg_sleep(30)")

    with pytest.raises((errors.DeadlineExceeded, errors.Unavailable)):
        await Database(pool).run(work)
    await pool.close()


async def test_a_lock_held_too_long_is_a_conflict(database: TestDatabase, connection: Connection) -> None:
    """Waiting for somebody else's lock ends with ABORTED."""
    pool = await asyncpg.create_pool(database.app_url, min_size=1, max_size=1, server_settings={"lock_timeout": "50ms"})
    await connection.execute("SELECT pg_advisory_lock($1)", GATE)
    with pytest.raises(errors.Conflict):
        await Database(pool).run(lambda c: c.execute("SELECT pg_advisory_xact_lock($1)", GATE))
    await pool.close()


async def test_out_of_reach_is_unavailable(transactions: Database, connection: Connection, database: TestDatabase) -> None:
    """A session that the server ends in mid-transaction, and a server that is not there at all: UNAVAILABLE."""
    await connection.execute("SELECT pg_advisory_lock($1)", GATE)
    waiting = asyncio.create_task(transactions.run(lambda c: c.execute("SELECT pg_advisory_xact_lock($1)", GATE)))
    await until(lambda: connection.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"))
    admin = await asyncpg.connect(database.admin_url)
    await admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'test' AND wait_event_type = 'Lock'"
    )
    await admin.close()
    with pytest.raises(errors.Unavailable):
        await waiting
    nowhere = asyncpg.create_pool("postgresql://nobody@127.0.0.1:1/nothing", min_size=0, max_size=1)
    await nowhere
    with pytest.raises(errors.Unavailable):
        await Database(nowhere).run(lambda c: c.fetchval("SELECT 1"))
    await nowhere.close()


async def test_a_constraint_has_a_meaning(database: TestDatabase) -> None:
    """A violated constraint is the error its name stands for; one without a meaning passes through as a fault."""
    pool = await create_pool(database.app_url, "test", 2)
    known = Database(pool, {"thing_pkey": lambda: errors.AlreadyExists("there is such a thing")})

    async def twice(inside: Connection) -> None:
        for _ in range(2):
            await inside.execute("INSERT INTO thing (id, version) VALUES ('00000000-0000-0000-0000-000000000001', 1)")

    with pytest.raises(errors.AlreadyExists):
        await known.run(twice)
    with pytest.raises(asyncpg.CheckViolationError):
        await known.run(lambda c: c.execute("INSERT INTO thing (id, version) VALUES (uuidv7(), 0)"))
    await pool.close()


async def test_the_tenant_lasts_for_one_transaction(database: TestDatabase) -> None:
    """Inside, the organisation is set; on the same connection afterwards, and in a transaction without one, it is not."""
    pool = await create_pool(database.app_url, "test", 1)
    runs = Database(pool)
    assert await runs.run(lambda c: c.fetchval(_TENANT), tenant=PLATFORM) == "platform"
    assert await pool.fetchval(_TENANT) in ("", None)
    assert await runs.run(lambda c: c.fetchval(_TENANT)) == ""

    async def failing(inside: Connection) -> None:
        raise errors.Conflict("no")

    with pytest.raises(errors.Conflict):
        await runs.run(failing, tenant=PLATFORM)
    assert await pool.fetchval(_TENANT) in ("", None)
    await pool.close()


async def test_read_only_cannot_write(transactions: Database) -> None:
    """A query that writes by mistake is stopped by the database."""
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await transactions.run(lambda c: c.execute("DELETE FROM thing"), read_only=True)


async def test_cancelled_work_is_rolled_back(transactions: Database, connection: Connection) -> None:
    """Work that is cancelled leaves no effect and its connection goes back to the pool in good order."""
    key = things.new_key()

    async def work(inside: Connection) -> Any:
        await things.step(inside, "t", key)
        started.set()
        await asyncio.Event().wait()

    started = asyncio.Event()
    task = asyncio.create_task(transactions.run(work))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await connection.fetchval("SELECT count(*) FROM thing") == 0
    assert transactions.pool.get_idle_size() == transactions.pool.get_size()


async def test_a_pool_waits_for_its_database(database: TestDatabase) -> None:
    """A process that begins while the database takes nobody in goes on once it does; without patience it fails at once."""
    admin = await asyncpg.connect(database.admin_url)
    name = await admin.fetchval("SELECT current_database()")
    await admin.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT 0')
    try:
        with pytest.raises(asyncpg.TooManyConnectionsError):
            await create_pool(database.app_url, "early", 1)
        with structlog.testing.capture_logs() as lines:
            waiting = asyncio.create_task(create_pool(database.app_url, "early", 1, patience_s=30))

            async def noticed() -> bool:
                return bool(lines)

            await until(noticed)
    finally:
        await admin.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT -1')
        await admin.close()
    pool = await waiting
    assert await pool.fetchval("SELECT 1") == 1
    await pool.close()
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await create_pool(f"{database.app_url}_gone", "nowhere", 1, patience_s=30)
