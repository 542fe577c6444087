"""Migrations on a real database: what is applied, what is refused, who may see what."""

from __future__ import annotations

import asyncio
import secrets
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
from chassis.db import migrate as migrations
from chassis.db.migrate import MigrationMismatch, create_roles, load, migrate
from chassis.db.pool import connect
from devstack.postgres import Postgres
from support.databases import APP_PASSWORD, OWNER_PASSWORD, Templates, TestDatabase, addresses


class Package:
    """A package of migrations that a test writes."""

    def __init__(self, root: Path) -> None:
        self.name = f"trial{secrets.token_hex(4)}"
        self.folder = root / self.name
        self.folder.mkdir()
        (self.folder / "__init__.py").write_text("")

    def file(self, name: str, sql: str) -> Path:
        path = self.folder / name
        path.write_text(sql)
        return path


@pytest.fixture
def package(tmp_path: Path) -> Iterator[Package]:
    sys.path.insert(0, str(tmp_path))
    yield Package(tmp_path)
    sys.path.remove(str(tmp_path))


@pytest.fixture
async def empty(postgres: Postgres) -> AsyncIterator[TestDatabase]:
    """A database nobody has migrated."""
    name = f"empty_{secrets.token_hex(6)}"
    admin = await asyncpg.connect(postgres.admin_dsn)
    await admin.execute(f"CREATE DATABASE {name}")
    yield addresses(postgres.admin_dsn, "probe", name)
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


async def run(database: TestDatabase, *packages: str) -> int:
    return await migrate(
        "probe", packages, admin_url=database.admin_url, app_url=database.app_url, owner_password=OWNER_PASSWORD,
        app_password=APP_PASSWORD,
    )  # fmt: skip


async def tables(database: TestDatabase) -> set[str]:
    connection = await asyncpg.connect(database.app_url)
    rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'probe'")
    await connection.close()
    return {row["tablename"] for row in rows}


async def test_applied_once_and_in_order(empty: TestDatabase, package: Package) -> None:
    """The first run applies all files by number, the second none, a third what was added."""
    package.file("0001_first.sql", "CREATE TABLE first (n int)")
    package.file("0002_second.sql", "ALTER TABLE first ADD COLUMN m int; CREATE TABLE second (n int)")
    assert [await run(empty, package.name), await run(empty, package.name)] == [2, 0]
    package.file("0003_third.sql", "DROP TABLE second")
    assert await run(empty, package.name) == 1
    assert await tables(empty) == {"first", "schema_migration"}


async def test_a_changed_file_is_refused(empty: TestDatabase, package: Package) -> None:
    """A file that differs from what was applied stops everything, by name; nothing later is applied."""
    package.file("0001_first.sql", "CREATE TABLE first (n int)")
    await run(empty, package.name)
    package.file("0001_first.sql", "CREATE TABLE first (n bigint)")
    package.file("0002_second.sql", "CREATE TABLE second (n int)")
    with pytest.raises(MigrationMismatch, match="0001_first was changed"):
        await run(empty, package.name)
    assert "second" not in await tables(empty)


async def test_a_renamed_file_is_refused(empty: TestDatabase, package: Package) -> None:
    """The same text under another name is another migration."""
    package.file("0001_first.sql", "CREATE TABLE first (n int)").rename(package.folder / "0001_other.sql")
    await run(empty, package.name)
    (package.folder / "0001_other.sql").rename(package.folder / "0001_third.sql")
    with pytest.raises(MigrationMismatch, match="0001_third"):
        await run(empty, package.name)


async def test_a_newer_database_is_refused(empty: TestDatabase, package: Package) -> None:
    """Old code does not touch a database that newer code has migrated."""
    package.file("0001_first.sql", "CREATE TABLE first (n int)")
    newer = package.file("0002_second.sql", "CREATE TABLE second (n int)")
    await run(empty, package.name)
    newer.unlink()
    with pytest.raises(MigrationMismatch, match="deploy newer code"):
        await run(empty, package.name)


async def test_a_failing_file_leaves_nothing(empty: TestDatabase, package: Package) -> None:
    """A file is applied as a whole or not at all; repaired, it is applied."""
    package.file("0001_first.sql", "CREATE TABLE first (n int); SELECT 1 / 0")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await run(empty, package.name)
    assert await tables(empty) == {"schema_migration"}
    package.file("0001_first.sql", "CREATE TABLE first (n int)")
    assert await run(empty, package.name) == 1


@pytest.mark.parametrize(
    "names", [("0002_x.sql",), ("0001_x.sql", "0003_y.sql"), ("0001_x.sql", "0001_y.sql"), ("1_x.sql",), ("0001_X.sql",)]
)
def test_gaps_repeats_and_misnamed_files_are_refused(package: Package, names: tuple[str, ...]) -> None:
    """A number that is missing or there twice, or a name that would be overlooked, is seen before anything runs."""
    for name in names:
        package.file(name, "SELECT 1")
    with pytest.raises(MigrationMismatch):
        load(package.name)


async def test_two_processes_at_once(empty: TestDatabase, package: Package) -> None:
    """However many start together, every file is applied once and all of them succeed."""
    for number in range(1, 6):
        package.file(f"000{number}_t.sql", f"CREATE TABLE t{number} (n int); SELECT pg_sleep(0.01)")
    admin = await asyncpg.connect(empty.admin_url)
    await create_roles(admin, "probe", OWNER_PASSWORD, APP_PASSWORD)
    await admin.close()
    script = (
        "import asyncio, sys; from chassis.db.migrate import migrate\n"
        "print(asyncio.run(migrate('probe', [sys.argv[1]], admin_url=None, app_url=sys.argv[2], owner_password=sys.argv[3],"
        " app_password=None)))"
    )
    running = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", script, package.name, empty.app_url, OWNER_PASSWORD,
            cwd=package.folder.parent, stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(3)
    ]  # fmt: skip
    counts = [int((await process.communicate())[0].split()[-1]) for process in running]
    assert [process.returncode for process in running] == [0, 0, 0]
    assert sorted(counts) == [0, 0, 5]


async def test_roles_of_other_services_are_refused(templates: Templates) -> None:
    """Another service's application role can neither read nor even see into the schema; the own one cannot change tables."""
    async with templates.database("probe") as database:
        admin = await asyncpg.connect(database.admin_url)
        await create_roles(admin, "stranger", OWNER_PASSWORD, APP_PASSWORD)
        await admin.close()
        stranger = await asyncpg.connect(addresses(database.admin_url, "stranger", database.admin_url.rpartition("/")[2]).app_url)
        for statement in (
            "SELECT * FROM probe.outbox",
            "INSERT INTO probe.inbox VALUES ('x', uuidv7())",
            "CREATE TABLE probe.x ()",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await stranger.execute(statement)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await stranger.execute("SELECT probe.outbox_shard(uuidv7())")
        await stranger.close()
        own = await connect(database.app_url, "test")
        for statement in ("CREATE TABLE x ()", "ALTER TABLE outbox ADD COLUMN x int", "DROP TABLE inbox", "TRUNCATE outbox"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await own.execute(statement)
        assert await own.fetchval("SHOW transaction_timeout") == "30s"
        assert await own.fetchval("SHOW idle_in_transaction_session_timeout") == "10s"
        await own.close()


async def test_service_names_are_checked(postgres: Postgres) -> None:
    """A name goes into SQL as it is, so only small letters pass."""
    admin = await asyncpg.connect(postgres.admin_dsn)
    for name in ("x; DROP", "Probe", "", "a" * 31, "pro_be"):
        with pytest.raises(ValueError, match="small letters"):
            await create_roles(admin, name, "p", "p")
    await admin.close()


def test_passwords_survive_the_owner_url() -> None:
    """Any password fits into the address, whatever characters it has."""
    url = migrations.owner_url("postgresql://probe_app:x@127.0.0.1:5432/db?sslmode=disable", "probe", "p@ss/w:rd?#%")
    assert url == "postgresql://probe_owner:p%40ss%2Fw%3Ard%3F%23%25@127.0.0.1:5432/db?sslmode=disable"
