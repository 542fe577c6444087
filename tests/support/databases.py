"""A migrated database for every test module, cloned from a template that is migrated once."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from chassis.db.migrate import migrate

OWNER_PASSWORD, APP_PASSWORD = "owner-of-a-test", "application-of-a-test"


@dataclass(frozen=True)
class TestDatabase:
    """Addresses of one database: as superuser, as the service's application role, as its owner."""

    __test__ = False
    admin_url: str
    app_url: str
    owner_url: str

    @property
    def platform_url(self) -> str:
        """The application role's, acting for the platform: it sees every tenant's rows."""
        return f"{self.app_url}?kamai.tenant=platform"


def _with(url: str, *, database: str | None = None, user: str | None = None, password: str = "") -> str:
    parts = urlsplit(url)
    netloc = f"{user}:{password}@{parts.netloc.rpartition('@')[2]}" if user else parts.netloc
    return urlunsplit(parts._replace(netloc=netloc, path=f"/{database}" if database else parts.path))


def addresses(admin_url: str, service: str, database: str) -> TestDatabase:
    return TestDatabase(
        _with(admin_url, database=database),
        _with(admin_url, database=database, user=f"{service}_app", password=APP_PASSWORD),
        _with(admin_url, database=database, user=f"{service}_owner", password=OWNER_PASSWORD),
    )


async def _statement(admin_url: str, statement: str) -> None:
    connection = await asyncpg.connect(admin_url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


class Templates:
    """Makes databases of one server; a service is migrated once, later databases are copies."""

    def __init__(self, admin_url: str) -> None:
        self._admin_url = admin_url
        self._made: dict[tuple[str, ...], str] = {}

    async def _template(self, service: str, packages: Sequence[str]) -> str:
        key = (service, *packages)
        if key not in self._made:
            name = f"template_{service}_{secrets.token_hex(4)}"
            await _statement(self._admin_url, f"CREATE DATABASE {name}")
            where = addresses(self._admin_url, service, name)
            await migrate(
                service, ["chassis.migrations", *packages], admin_url=where.admin_url, app_url=where.app_url,
                owner_password=OWNER_PASSWORD, app_password=APP_PASSWORD,
            )  # fmt: skip
            self._made[key] = name
        return self._made[key]

    @asynccontextmanager
    async def database(self, service: str, *packages: str) -> AsyncIterator[TestDatabase]:
        """A fresh database with the chassis' tables and those of `packages`, dropped at the end."""
        template = await self._template(service, packages)
        name = f"test_{service}_{secrets.token_hex(6)}"
        await _statement(self._admin_url, f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield addresses(self._admin_url, service, name)
        finally:
            await _statement(self._admin_url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
