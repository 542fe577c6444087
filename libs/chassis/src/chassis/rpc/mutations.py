"""One transaction around a mutating call: claim of the request id, use case, outbox, stored reply, commit, doorbell.

A repeat of a request id gets the stored bytes and has no second effect; concurrent equal calls wait for the first. With another
payload it is refused. A failed call stores nothing, so its request id stays free.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar
from uuid import UUID

from google.protobuf.message import Message

from chassis.db.database import Database
from chassis.db.pool import Connection
from chassis.errors import RequestIdReused
from chassis.events.doorbell import Doorbell
from chassis.rpc import call as calls

U = TypeVar("U")
MakeUnitOfWork = Callable[[Connection, calls.Call], U]

# Waits for a concurrent call with the same id; its row is then visible to the second statement.
_CLAIM = """
INSERT INTO idempotent_reply (scope, request_id, request_hash) VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING RETURNING true
"""
_STORED = "SELECT request_hash, reply FROM idempotent_reply WHERE scope = $1 AND request_id = $2"
_STORE = "UPDATE idempotent_reply SET reply = $3 WHERE scope = $1 AND request_id = $2"


class Mutations(Generic[U]):
    """`make_uow` binds a service's repositories to the transaction's connection."""

    def __init__(self, database: Database, make_uow: MakeUnitOfWork[U], doorbell: Doorbell) -> None:
        self._database, self._make_uow, self._doorbell = database, make_uow, doorbell

    async def run(self, request: Any, work: Callable[[U], Awaitable[Message]], *, request_id: str | None = None) -> bytes:
        """The serialized reply of `work`, once per request id. `request_id` is given for streams, whose header has it."""
        call = calls.current()
        scope = f"{call.caller.organisation_id}/{call.caller.subject}"
        key = UUID(request_id or request.request_id)
        digest = hashlib.sha256(call.method.encode() + b"\0" + request.SerializeToString(deterministic=True)).digest()

        async def transaction(connection: Connection) -> bytes:
            if not await connection.fetchval(_CLAIM, scope, key, digest):
                return await self._stored(connection, scope, key, digest)
            message = await work(self._make_uow(connection, call))
            reply = message.SerializeToString(deterministic=True)
            await connection.execute(_STORE, scope, key, reply)
            return reply

        reply = await self._database.run(transaction, organisation_id=call.caller.organisation_id, timeout_s=call.remaining_s)
        self._doorbell.ring()
        return reply

    async def read(self, work: Callable[[U], Awaitable[Message]]) -> Message:
        """A read-only transaction for queries."""
        call = calls.current()
        return await self._database.run(
            lambda connection: work(self._make_uow(connection, call)),
            organisation_id=call.caller.organisation_id, timeout_s=call.remaining_s, read_only=True,
        )  # fmt: skip

    @staticmethod
    async def _stored(connection: Connection, scope: str, key: UUID, digest: bytes) -> bytes:
        row = await connection.fetchrow(_STORED, scope, key)
        if row is None or row["request_hash"] != digest:
            raise RequestIdReused("this request_id was used for another request: take a new UUID for every new request")
        stored: bytes = row["reply"]
        return stored
