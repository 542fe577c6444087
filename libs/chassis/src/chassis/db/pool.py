"""Connections to Postgres with every option said."""

from __future__ import annotations

import asyncio
import time
from typing import Any, TypeAlias

import asyncpg
import msgspec

from chassis.logging import fault, logger
from chassis.secret_files import Secret, reveal

Connection: TypeAlias = "asyncpg.Connection[Any] | asyncpg.pool.PoolConnectionProxy[Any]"

# What the library raises when a connection was lost, depending on when it was. The internal one is no fault of ours: the next
# command on a connection that ended between two messages raises it.
LOST = (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
# What is raised when there is no connection to be had for now.
AWAY = (*LOST, asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError)
# A new password may be in the database before it is in our file, or the other way round.
REFUSED = asyncpg.InvalidAuthorizationSpecificationError
# For loops that begin anew with another connection, whatever the database said.
FAULTS = (*LOST, asyncpg.PostgresError)


def _encode_json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


async def prepare(connection: Connection) -> None:
    """JSON columns as Python values. Called for every new connection."""
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(kind, schema="pg_catalog", encoder=_encode_json, decoder=msgspec.json.decode)


async def connect(url: Secret, name: str, **server_settings: str) -> asyncpg.Connection[Any]:
    """One connection outside the pool, for locks and notifications: it must not go through a transaction pooler."""
    connection: asyncpg.Connection[Any] = await asyncpg.connect(
        reveal(url), timeout=10, command_timeout=60, statement_cache_size=200,
        server_settings={"application_name": name, "timezone": "UTC", **server_settings},
    )  # fmt: skip
    await prepare(connection)
    return connection


async def _leave_as_it_is(_connection: Connection) -> None:
    """Nothing on a pooled connection outlives its transaction, so the round trip asyncpg would make to clean it is saved."""


async def create_pool(url: Secret, name: str, size: int, *, patience_s: float = 0.0) -> asyncpg.Pool[Any]:
    """A pool of at most `size` connections. A database that is away or still starting is waited for, at most `patience_s`; then,
    and at once when it refuses the caller, the last error is raised. Every connection asks for the address anew."""

    async def connect_as_of_now(*_arguments: Any, **options: Any) -> asyncpg.Connection[Any]:
        connection: asyncpg.Connection[Any] = await asyncpg.connect(reveal(url), **options)
        return connection

    until = time.monotonic() + patience_s
    while True:
        try:
            return await asyncpg.create_pool(
                connect=connect_as_of_now, init=prepare, reset=_leave_as_it_is, min_size=min(2, size), max_size=size,
                max_inactive_connection_lifetime=300, timeout=10, command_timeout=60, statement_cache_size=500,
                server_settings={"application_name": name, "timezone": "UTC"},
            )  # fmt: skip
        except AWAY as error:
            if time.monotonic() >= until:
                raise
            logger().warning("waiting for the database", **fault(error))
            await asyncio.sleep(0.5)
