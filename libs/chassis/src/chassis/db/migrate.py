"""Schema, roles and migrations of one service.

A service has an owner role (migrations only) and an application role that owns nothing; another service's role is refused by the
schema's grants. Migrations are plain SQL, `NNNN_name.sql`, applied in order under an advisory lock; a file that was changed after
it was applied stops everything.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from urllib.parse import quote, urlsplit, urlunsplit

from chassis.db.locks import lock_class
from chassis.db.pool import Connection, connect
from chassis.logging import logger

_LONGEST_S = 3600.0  # of one file, or of the wait for another process: an index over a large table takes its time
_FILE = re.compile(r"^(\d{4})_([a-z0-9_]+)\.sql$")

# Identifiers are those of our services, checked below; passwords go in by format('%L').
_ROLES = """
DO $do$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{s}_owner') THEN CREATE ROLE {s}_owner; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{s}_app') THEN CREATE ROLE {s}_app; END IF;
END $do$;
ALTER ROLE {s}_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
ALTER ROLE {s}_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
CREATE SCHEMA IF NOT EXISTS {s} AUTHORIZATION {s}_owner;
REVOKE ALL ON SCHEMA {s} FROM PUBLIC;
GRANT USAGE ON SCHEMA {s} TO {s}_app;
ALTER ROLE {s}_owner SET search_path = {s};
ALTER ROLE {s}_app SET search_path = {s};
ALTER ROLE {s}_app SET transaction_timeout = '30s';
ALTER ROLE {s}_app SET idle_in_transaction_session_timeout = '10s';
ALTER ROLE {s}_app SET lock_timeout = '10s';
ALTER DEFAULT PRIVILEGES FOR ROLE {s}_owner IN SCHEMA {s} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {s}_app;
ALTER DEFAULT PRIVILEGES FOR ROLE {s}_owner IN SCHEMA {s} GRANT USAGE, SELECT ON SEQUENCES TO {s}_app;
ALTER DEFAULT PRIVILEGES FOR ROLE {s}_owner IN SCHEMA {s} GRANT EXECUTE ON FUNCTIONS TO {s}_app;
"""

_HISTORY = """
CREATE TABLE IF NOT EXISTS schema_migration (
    component  text        NOT NULL,
    version    int         NOT NULL,
    name       text        NOT NULL,
    checksum   text        NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (component, version)
)
"""


class MigrationMismatch(Exception):
    """What is in the database is not what the code would have put there; the text says which file and what to do."""


@dataclass(frozen=True, slots=True)
class Migration:
    component: str
    version: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def load(package: str) -> list[Migration]:
    """The migrations of one package, in order; raises MigrationMismatch when a number is missing or there twice."""
    found = []
    for file in resources.files(package).iterdir():
        if match := _FILE.match(file.name):
            found.append(Migration(package.split(".")[0], int(match[1]), match[2], file.read_text()))
        elif file.name.endswith(".sql"):
            raise MigrationMismatch(f"{package}/{file.name}: must be named NNNN_name.sql, in small letters")
    found.sort(key=lambda m: m.version)
    if [m.version for m in found] != list(range(1, len(found) + 1)):
        raise MigrationMismatch(f"{package}: files must be numbered 0001, 0002, ... without gaps or repeats")
    return found


async def create_roles(admin: Connection, service: str, owner_password: str, app_password: str) -> None:
    """Creates or refreshes the two roles and the schema of `service`; needs a superuser's connection."""
    if not re.fullmatch(r"[a-z]{3,30}", service):
        raise ValueError("a service's name is 3 to 30 small letters")
    async with admin.transaction():
        # roles belong to the whole cluster: services that start together take turns
        await admin.execute("SELECT pg_advisory_xact_lock($1, 0)", lock_class("kamai.roles"))
        await admin.execute(_ROLES.format(s=service))
        for role, password in ((f"{service}_owner", owner_password), (f"{service}_app", app_password)):
            await admin.execute(
                await admin.fetchval("SELECT format('ALTER ROLE %I PASSWORD %L', $1::text, $2::text)", role, password)
            )


def owner_url(url: str, service: str, password: str) -> str:
    """`url` with the owner role of `service` in place of its user."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{service}_owner:{quote(password, safe='')}@{host}"))


async def apply(owner: Connection, service: str, packages: Sequence[str]) -> int:
    """Applies what is missing and returns how many files that were. Several processes may call it at once."""
    lock = lock_class(f"kamai.migrate.{service}")
    await owner.execute("SELECT pg_advisory_lock($1, 0)", lock, timeout=_LONGEST_S)
    try:
        await owner.execute(_HISTORY)
        await owner.execute(f"REVOKE INSERT, UPDATE, DELETE ON schema_migration FROM {service}_app")
        applied = 0
        for package in packages:
            applied += await _apply_package(owner, load(package))
        return applied
    finally:
        await owner.execute("SELECT pg_advisory_unlock($1, 0)", lock)


async def _apply_package(owner: Connection, migrations: Sequence[Migration]) -> int:
    if not migrations:
        return 0
    component = migrations[0].component
    rows = await owner.fetch("SELECT version, name, checksum FROM schema_migration WHERE component = $1", component)
    known = {row["version"]: (row["name"], row["checksum"]) for row in rows}
    newest = migrations[-1].version
    if unknown := [version for version in known if version > newest]:
        raise MigrationMismatch(
            f"the database has {component} migration {max(unknown)}, this code ends at {newest}: deploy newer code"
        )  # fmt: skip
    applied = 0
    for migration in migrations:
        if migration.version in known:
            if known[migration.version] != (migration.name, migration.checksum):
                raise MigrationMismatch(
                    f"{component} migration {migration.version:04d}_{migration.name} was changed after it was applied: "
                    "restore the file and put the change into a new one"
                )
            continue
        async with owner.transaction():
            await owner.execute("SET LOCAL lock_timeout = '10s'")  # a busy table must not make everybody queue behind us
            await owner.execute(migration.sql, timeout=_LONGEST_S)
            await owner.execute(
                "INSERT INTO schema_migration (component, version, name, checksum) VALUES ($1, $2, $3, $4)",
                component, migration.version, migration.name, migration.checksum,
            )  # fmt: skip
        logger().info("migration applied", component=component, version=migration.version)
        applied += 1
    return applied


async def migrate(
    service: str,
    packages: Sequence[str],
    *,
    admin_url: str | None,
    app_url: str,
    owner_password: str,
    app_password: str | None,
) -> int:
    """Roles and schema when `admin_url` is given, then the migrations as owner. Returns the number of files applied."""
    if admin_url and app_password:
        admin = await connect(admin_url, f"{service}-migrate")
        try:
            await create_roles(admin, service, owner_password, app_password)
        finally:
            await admin.close()
    owner = await connect(owner_url(app_url, service, owner_password), f"{service}-migrate")
    try:
        return await apply(owner, service, packages)
    finally:
        await owner.close()
