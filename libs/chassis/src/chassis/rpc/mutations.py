"""One transaction around a mutating call: turn among equal request ids, use case, events and reply, commit, doorbell.

A repeat of a request id gets the stored bytes and has no second effect; concurrent equal calls wait for the first. With another
payload it is refused. A failed call stores nothing, so its request id stays free.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar
from uuid import UUID

from google.protobuf.message import Message

from chassis.db.database import SETTINGS, Database, settings_arguments
from chassis.db.pool import Connection
from chassis.errors import Conflict, KamaiError, RequestIdReused, Unavailable
from chassis.events import outbox
from chassis.events.doorbell import Doorbell
from chassis.rpc import call as calls

U = TypeVar("U")
MakeUnitOfWork = Callable[[Connection, calls.Call], U]

# One round trip: settings, the turn among calls with the same id, and the reply of an earlier one.
_BEGIN = f"""
SELECT {SETTINGS}, pg_advisory_xact_lock(hashtextextended($3 || '/' || $4::text, 0)), r.request_hash, r.reply
FROM (SELECT true) AS one LEFT JOIN idempotent_reply r ON r.scope = $3 AND r.request_id = $4
"""  # noqa: S608  # SETTINGS is a constant of ours
_STORED = "SELECT request_hash, reply FROM idempotent_reply WHERE scope = $1 AND request_id = $2"


@dataclass(frozen=True, slots=True)
class _Key:
    """What a stored reply is found by, and the hash of the request it answers."""

    scope: str
    request_id: UUID
    digest: bytes

    def reply(self, row: Any) -> bytes | None:
        """The stored reply in `row`; raises RequestIdReused when it answered another request."""
        if row is None or row["request_hash"] is None:
            return None
        if row["request_hash"] != self.digest:
            raise RequestIdReused("this request_id was used for another request: take a new UUID for every new request")
        stored: bytes = row["reply"]
        return stored


@cache
def _ending(events: str, count: int) -> str:
    """A call's last statement: its reply, and before it the insertion `events`, with `count` arguments, if it has any."""
    values = ", ".join(f"${count + number}" for number in range(1, 5))
    return f"""
    {f"WITH events AS ({events})" if events else ""}
    INSERT INTO idempotent_reply (scope, request_id, request_hash, reply) VALUES ({values})
    ON CONFLICT DO NOTHING RETURNING true
    """  # noqa: S608


class Mutations(Generic[U]):
    """`make_uow` binds a service's repositories to the transaction's connection."""

    def __init__(self, database: Database, make_uow: MakeUnitOfWork[U], doorbell: Doorbell) -> None:
        self._database, self._make_uow, self._doorbell = database, make_uow, doorbell

    async def run(self, request: Any, work: Callable[[U], Awaitable[Message]], *, request_id: str | None = None) -> bytes:
        """The serialized reply of `work`, once per request id. `request_id` is given for streams, whose header has it."""
        call = calls.current()
        digest = hashlib.sha256(call.method.encode() + b"\0" + request.SerializeToString(deterministic=True)).digest()
        key = _Key(f"{call.caller.organisation_id}/{call.caller.subject}", UUID(request_id or request.request_id), digest)

        async def transaction(connection: Connection) -> bytes:
            settings = settings_arguments(call.caller.tenant, call.remaining_s)
            stored = key.reply(await connection.fetchrow(_BEGIN, *settings, key.scope, key.request_id))
            if stored is not None:
                return stored
            with outbox.held(connection) as events:
                message = await work(self._make_uow(connection, call))
            reply = message.SerializeToString(deterministic=True)
            insertion, arguments = outbox.insert(events) if events else ("", ())
            ending = _ending(insertion, len(arguments))
            if not await connection.fetchval(ending, *arguments, key.scope, key.request_id, key.digest, reply):
                raise Conflict("a call with the same request_id was faster: repeat it for its reply")
            return reply

        try:
            reply = await self._database.run(transaction, timeout_s=call.remaining_s, begin=False)
        except Unavailable:
            raise
        except KamaiError:
            # An equal call may have been committed while this one waited for its turn: then that answer is the answer.
            stored = key.reply(await self._database.run(lambda c: c.fetchrow(_STORED, key.scope, key.request_id)))
            if stored is None:
                raise
            return stored
        self._doorbell.ring()
        return reply

    async def read(self, work: Callable[[U], Awaitable[Message]]) -> Message:
        """A read-only transaction for queries."""
        call = calls.current()
        return await self._database.run(
            lambda connection: work(self._make_uow(connection, call)),
            tenant=call.caller.tenant, timeout_s=call.remaining_s, read_only=True,
        )  # fmt: skip
