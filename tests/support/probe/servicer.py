"""The probe's gRPC service. One mutation whose `reason` says how it ends; its messages are borrowed from kamai.ops.v1."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any, TypeAlias
from uuid import UUID

import grpc
from chassis import errors, ids
from chassis.db.pool import Connection
from chassis.rpc import call as calls
from chassis.rpc.mutations import Mutations
from chassis.rpc.server import Servicer
from kamai.ops.v1 import event_admin_pb2 as pb
from kamai.type.v1 import access_pb2

from support.probe import things
from support.probe.description import describe

NAME = "kamai.probe.v1.ProbeService"
CANARY = "canary-7f3a"  # must never leave the process
GATE = 4711  # advisory lock: a call with the reason "wait" ends when nobody holds it

_TIMEOUT = "SELECT setting::int FROM pg_settings WHERE name = 'statement_timeout'"

Request: TypeAlias = pb.ReplayFailedEventRequest
Reply: TypeAlias = pb.ReplayFailedEventResponse


def method(name: str) -> str:
    return f"/{NAME}/{name}"


def key_of(number: int) -> str:
    """The thing a request's id stands for."""
    return ids.encode("thing", UUID(int=number))


ENDINGS: dict[str, Callable[[], Exception]] = {
    "missing": lambda: errors.NotFound("thing", "thing_1"),
    "wrong state": lambda: errors.IllegalState("thing", "DONE", "step", ["undo"]),
    "stale etag": lambda: errors.StaleEtag("the thing has changed: read it again"),
    "preconditions": lambda: errors.PreconditionFailed(
        [errors.Precondition("BUDGET", "po_1", "raise the budget"), errors.Precondition("IDENTITY", "c_1", "be verified")]
    ),
    "limit": lambda: errors.LimitExceeded("steps", "too many steps: wait", 1.5),
    "fault": lambda: RuntimeError(f"at /srv/{CANARY}: SELECT {CANARY}"),
}


class Probe:
    """Steps things; every step appends an event."""

    def __init__(self, mutations: Mutations[Connection], topic: str) -> None:
        self._mutations, self._topic = mutations, topic

    async def step(self, request: Any, context: Any) -> Any:
        async def work(connection: Connection) -> Any:
            version = await things.step(connection, self._topic, key_of(request.id))
            if ending := ENDINGS.get(request.reason):
                raise ending()
            if request.reason == "unmapped constraint":
                await connection.execute("UPDATE thing SET version = -1 WHERE id = $1", UUID(int=request.id))
            if request.reason == "unique":
                await connection.execute("INSERT INTO thing (id, version) VALUES ($1, 1)", UUID(int=request.id))
            if request.reason == "wait":
                await connection.execute("SELECT pg_advisory_xact_lock_shared($1)", GATE)
            reply = Reply(failed_event=pb.FailedEvent(id=version))
            if request.reason == "deadline":
                reply.failed_event.attempts = int(calls.current().remaining_s * 1000)
                reply.failed_event.partition = await connection.fetchval(_TIMEOUT)
            return reply

        return await self._mutations.run(request, work)

    async def count(self, request: Any, context: Any) -> AsyncIterator[Any]:
        """Server stream: as many replies as the id says; with the reason "wait" each waits in the database."""

        async def wait(connection: Connection) -> Any:
            await connection.execute("SELECT pg_advisory_xact_lock_shared($1)", GATE)
            return Reply()

        for number in range(1, request.id + 1):
            if request.reason == "wait":
                await self._mutations.read(wait)
            yield Reply(failed_event=pb.FailedEvent(id=number))
        if ending := ENDINGS.get(request.reason):
            raise ending()

    async def load(self, requests: AsyncIterator[Any], context: Any) -> Any:
        """Client stream: adds up the ids."""
        total = 0
        async for request in requests:
            total += request.id
        return Reply(failed_event=pb.FailedEvent(id=total))

    def absent(self, request: Any, context: Any) -> Any:
        """As in a generated base class."""
        raise NotImplementedError("Method not implemented!")


def servicer(mutations: Mutations[Connection], topic: str) -> Servicer:
    probe = Probe(mutations, topic)
    read, write = Request.FromString, Reply.SerializeToString
    handlers: dict[str, Any] = {
        "Step": grpc.unary_unary_rpc_method_handler(probe.step, read, write),
        "Absent": grpc.unary_unary_rpc_method_handler(probe.absent, read, write),
        "Count": grpc.unary_stream_rpc_method_handler(probe.count, read, write),
        "Load": grpc.stream_unary_rpc_method_handler(probe.load, read, write),
    }
    describe(NAME, handlers, access_pb2.PERMISSION_REQUIREMENTS_READ)  # which every role has
    generic = grpc.method_handlers_generic_handler(NAME, handlers)
    return Servicer(lambda _instance, server: server.add_generic_rpc_handlers((generic,)), probe, NAME)
