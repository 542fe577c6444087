"""A password that was changed is used from the next connection on: nothing is started anew, and nothing is lost meanwhile."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from chassis import secret_files
from chassis.db.database import Database
from chassis.db.pool import connect, create_pool
from chassis.errors import Unavailable
from chassis.events import kafka as clients
from chassis.events import topic_creation
from chassis.settings import ServiceSettings
from pydantic_settings import SettingsConfigDict
from support.databases import TestDatabase
from support.sasl_kafka import USER, SaslKafka
from support.services import environment

_WHO = "SELECT session_user::text"


def settings_of(folder: Path, **given: object) -> ServiceSettings:
    """As a service reads them: what is not `given`, from the files in `folder`."""
    rest = environment(TestDatabase("", "", ""), folder / "jwks.json")
    del rest["database_url"]

    class Settings(ServiceSettings):
        model_config = SettingsConfigDict(secrets_dir=folder)

    return Settings(**(rest | given))


class Login:
    """A role of its own beside the application's, since all tests of a server share that one."""

    def __init__(self, database: TestDatabase, file: Path) -> None:
        self._database, self._file, self.name = database, file, f"login_{secrets.token_hex(4)}"

    async def sql(self, statement: str) -> None:
        connection = await asyncpg.connect(self._database.admin_url)
        await connection.execute(statement)
        await connection.close()

    async def change(self, password: str) -> None:
        await self.sql(f"ALTER ROLE {self.name} PASSWORD '{password}'")

    async def cut(self) -> None:
        await self.sql(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = '{self.name}'")

    def write(self, password: str) -> None:
        parts = urlsplit(self._database.app_url)
        place = parts.netloc.rpartition("@")[2]
        self._file.write_text(urlunsplit(parts._replace(netloc=f"{self.name}:{password}@{place}")) + "\n")


@pytest.fixture
async def login(database: TestDatabase, tmp_path: Path) -> AsyncIterator[Login]:
    made = Login(database, tmp_path / "kamai_database_url")
    await made.sql(f"CREATE ROLE {made.name} LOGIN PASSWORD 'first' IN ROLE probe_app")
    made.write("first")
    yield made
    await made.cut()
    await made.sql(f"DROP ROLE {made.name}")


async def test_the_password_of_the_database(login: Login, tmp_path: Path) -> None:
    """Open connections go on; between the two changes a new one is UNAVAILABLE, which a caller repeats; then all is well."""
    url = secret_files.current(settings_of(tmp_path), "database_url")
    pool = await create_pool(url, "test", 2)
    database = Database(pool)

    async def who() -> str:
        return str(await database.run(lambda connection: connection.fetchval(_WHO)))

    await login.change("second")
    assert await who() == login.name
    await login.cut()
    with pytest.raises(Unavailable):
        await who()
    login.write("second")
    assert await who() == login.name
    single = await connect(url, "test")
    assert await single.fetchval(_WHO) == login.name
    await single.close()
    await pool.close()


async def test_another_role(login: Login, database: TestDatabase, tmp_path: Path) -> None:
    """The whole address is read again: who changes roles by turns, so that one is always good, loses no call."""
    url = secret_files.current(settings_of(tmp_path), "database_url")
    pool = await create_pool(url, "test", 1)
    assert await pool.fetchval(_WHO) == login.name
    (tmp_path / "kamai_database_url").write_text(database.app_url)
    await pool.expire_connections()
    assert await pool.fetchval(_WHO) == "probe_app"
    await pool.close()


def test_where_a_secret_comes_from(tmp_path: Path) -> None:
    """A file counts as it is now; an empty or missing one, and any file beside a value given otherwise, do not."""
    file = tmp_path / "kamai_database_url"
    file.write_text("postgresql://one\n")
    tell = secret_files.current(settings_of(tmp_path), "database_url")
    given = secret_files.current(settings_of(tmp_path, database_url="postgresql://given"), "database_url")
    for written, told in (("postgresql://two", "postgresql://two"), ("", "postgresql://one"), ("three", "three")):
        file.write_text(written)
        assert (tell(), given()) == (told, "postgresql://given")
    file.unlink()
    assert tell() == "postgresql://one"


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[SaslKafka]:
    made = SaslKafka(tmp_path / "kafka")
    await asyncio.to_thread(made.start)
    yield made
    await asyncio.to_thread(made.stop)


async def test_the_password_of_kafka(broker: SaslKafka, tmp_path: Path) -> None:
    """A producer and a consumer whose broker comes back with another password for them go on with the one that is in the file."""
    file = tmp_path / "kamai_kafka_password"
    file.write_text("first")
    await asyncio.to_thread(broker.change_password, "first")
    settings = settings_of(
        tmp_path, database_url="postgresql://none", kafka_bootstrap=broker.behind_password, kafka_username=USER,
        kafka_security_protocol="SASL_PLAINTEXT",
    )  # fmt: skip
    options = clients.connection_options(settings)
    await topic_creation.create_topics(options, ["t"], 1, 1)
    producer, consumer = clients.producer(options, "test"), clients.consumer(options, "test", "g", ["t"])
    await producer.start()
    await consumer.start()
    try:
        await producer.send_and_wait("t", b"before")
        assert (await consumer.getone()).value == b"before"
        await asyncio.to_thread(broker.change_password, "second")
        file.write_text("second")
        await asyncio.to_thread(broker.kill)
        await asyncio.to_thread(broker.restart)
        await producer.send_and_wait("t", b"after")
        assert (await asyncio.wait_for(consumer.getone(), 30)).value == b"after"
    finally:
        await producer.stop()
        await consumer.stop()
