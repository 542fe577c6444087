"""One transaction around a call: turn among equal request ids, use case, events, audit entry and reply, commit, doorbell.

A repeat of a request id gets the stored bytes and has no second effect; concurrent equal calls wait for the first. With another
payload it is refused. A failed call stores nothing, so its request id stays free. Stored replies are sealed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Generic, Literal, TypeVar
from uuid import UUID

from google.protobuf.message import Message

from chassis import ids
from chassis.audit import entries, trail
from chassis.audit.entries import Entry
from chassis.db.database import SETTINGS, Database, settings_arguments
from chassis.db.pool import Connection
from chassis.errors import Conflict, KamaiError, RequestIdReused, Unavailable
from chassis.events import outbox
from chassis.events.doorbell import Doorbell
from chassis.events.outbox import OutboxEvent
from chassis.rpc import access
from chassis.rpc import call as calls
from chassis.vault import SERVICE, Place, Vault

U = TypeVar("U")
MakeUnitOfWork = Callable[[Connection, calls.Call], U]

# One round trip: settings, the turn among calls with the same id, and the reply of an earlier one.
_BEGIN = f"""
SELECT {SETTINGS}, pg_advisory_xact_lock(hashtextextended($3 || '/' || $4::text, 0)), r.request_hash, r.reply
FROM (SELECT true) AS one LEFT JOIN idempotent_reply r ON r.scope = $3 AND r.request_id = $4
"""  # noqa: S608  # SETTINGS is a constant of ours
_STORED = "SELECT request_hash, reply FROM idempotent_reply WHERE scope = $1 AND request_id = $2"
_REPLY_COLUMNS = 5


@dataclass(frozen=True, slots=True)
class _Key:
    """What a stored reply is found by, and the hash of the request it answers."""

    scope: str
    request_id: UUID
    digest: bytes

    @property
    def place(self) -> Place:
        return Place(self.scope, "idempotent_reply", "reply", str(self.request_id))


@cache
def _ending(events: str, events_count: int) -> str:
    """A call's last statement: its audit entry, its reply, and the insertion `events`, if it has any, with so many arguments."""
    audit, _ = entries.insert([_NO_ENTRY], events_count + 1)
    first = events_count + entries.ARGUMENTS + 1
    values = ", ".join(f"${first + number}" for number in range(_REPLY_COLUMNS))
    return f"""
    WITH {f"events AS ({events})," if events else ""} audit AS ({audit})
    INSERT INTO idempotent_reply (scope, request_id, request_hash, reply, subjects) VALUES ({values})
    ON CONFLICT DO NOTHING RETURNING true
    """  # noqa: S608


_NO_ENTRY = Entry(datetime.now(UTC), "", "", "CHANGE", b"")


class Mutations(Generic[U]):
    """`make_uow` binds a service's repositories to the transaction's connection."""

    def __init__(self, database: Database, make_uow: MakeUnitOfWork[U], doorbell: Doorbell, vault: Vault) -> None:
        self._database, self._make_uow, self._doorbell, self._vault = database, make_uow, doorbell, vault

    async def run(self, request: Any, work: Callable[[U], Awaitable[Message]], *, request_id: str | None = None) -> bytes:
        """The serialized reply of `work`, once per request id. `request_id` is given for streams, whose header has it."""
        call = calls.current()
        digest = self._vault.digest(calls.canonical(call.method, request))
        key = _Key(_scope(call.caller), UUID(request_id or request.request_id), digest)

        async def transaction(connection: Connection) -> bytes:
            settings = settings_arguments(call.caller.tenant, call.remaining_s)
            stored = await self._reply(connection, key, await connection.fetchrow(_BEGIN, *settings, key.scope, key.request_id))
            if stored is not None:
                return stored
            with outbox.held(connection) as events, trail.followed(self._vault.digest) as followed:
                message = await work(self._make_uow(connection, call))
            reply = message.SerializeToString(deterministic=True)
            after = followed.combined_after() or self._vault.digest(reply)
            await self._end(connection, key, reply, events, _changed(call, key, message, followed, after))
            return reply

        try:
            reply = await self._database.run(transaction, timeout_s=call.remaining_s, begin=False)
        except Unavailable:
            raise
        except KamaiError:
            # An equal call may have been committed while this one waited for its turn: then that answer is the answer.
            stored = await self._database.run(lambda connection: self._stored(connection, key))
            if stored is None:
                raise
            return stored
        self._doorbell.ring()
        return reply

    async def _end(self, connection: Connection, key: _Key, reply: bytes, events: list[OutboxEvent], entry: Entry) -> None:
        # Replies live for weeks and are of whoever called: a key of the service seals them. Erasing a person deletes those
        # that speak of it.
        sealed = await self._vault.seal(connection, SERVICE, key.place, reply)
        insertion, arguments = outbox.insert(events) if events else ("", ())
        subjects = [ids.raw(subject) for subject in entry.subjects]
        last = (*arguments, *entry.columns(), key.scope, key.request_id, key.digest, sealed, subjects)
        if not await connection.fetchval(_ending(insertion, len(arguments)), *last):
            raise Conflict("a call with the same request_id was faster: repeat it for its reply")

    async def _stored(self, connection: Connection, key: _Key) -> bytes | None:
        return await self._reply(connection, key, await connection.fetchrow(_STORED, key.scope, key.request_id))

    async def _reply(self, connection: Connection, key: _Key, row: Any) -> bytes | None:
        """The stored reply in `row`; raises RequestIdReused when it answered another request."""
        if row is None or row["request_hash"] is None:
            return None
        if row["request_hash"] != key.digest:
            raise RequestIdReused("this request_id was used for another request: take a new UUID for every new request")
        return await self._vault.open(connection, key.place, row["reply"])

    async def read(self, work: Callable[[U], Awaitable[Message]]) -> Message:
        """A transaction for queries: read-only, unless the method gives personal data, which leaves an audit entry."""
        call = calls.current()
        audited = call.rule is not None and call.rule.personal_data

        async def transaction(connection: Connection) -> Message:
            reply = await work(self._make_uow(connection, call))
            if audited:
                statement, arguments = entries.insert([self._read(call, reply)])
                await connection.execute(statement, *arguments)
            return reply

        return await self._database.run(
            transaction, tenant=call.caller.tenant, timeout_s=call.remaining_s, read_only=not audited
        )  # fmt: skip

    def _read(self, call: calls.Call, reply: Message) -> Entry:
        assert call.request is not None  # the interceptor keeps it for every method that gives personal data
        subjects = trail.named_in(reply) or [each for each in (trail.asked_for(call.request),) if each]
        digest = self._vault.digest(calls.canonical(call.method, call.request))
        return _entry(call, "READ", digest, subjects, trail.organisation_of(reply))


def _scope(caller: calls.Caller) -> str:
    """Whose reply it is: somebody of the same name in another tenant, or with other credentials, is another. Only the subject,
    which comes last, may have spaces."""
    return f"{caller.tenant} {caller.credential} {caller.subject}"


def _changed(call: calls.Call, key: _Key, reply: Message, followed: trail.Trail, after: bytes) -> Entry:
    subjects = dict.fromkeys((*followed.subjects(), *trail.named_in(reply)))
    organisation = trail.organisation_of(reply)
    before = followed.combined_before()
    return _entry(call, "CHANGE", key.digest, list(subjects), organisation, key.request_id, before, after)


def _entry(
    call: calls.Call, kind: Literal["CHANGE", "READ"], digest: bytes, subjects: Sequence[str], organisation_id: str,
    request_id: UUID | None = None, before: bytes | None = None, after: bytes | None = None,
) -> Entry:  # fmt: skip
    """An organisation's call is its own; the platform's is that of the organisation it was about; a contractor's is nobody's."""
    caller = call.caller
    about = "" if caller.contractor_id or caller.bank else caller.organisation_id or organisation_id
    return Entry(
        occurred_at=datetime.now(UTC), actor=caller.subject, method=call.method, kind=kind, request_digest=digest,
        subjects=subjects, organisation_id=about, roles=access.roles_that_count(caller), peer=call.peer, request_id=request_id,
        before_digest=before, after_digest=after,
    )  # fmt: skip
