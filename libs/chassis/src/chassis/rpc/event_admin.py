"""kamai.ops.v1.EventAdminService: the failed events of the service it is part of. Decisions are kept with who and why."""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID

from google.protobuf import json_format
from kamai.ops.v1 import event_admin_pb2 as pb
from kamai.ops.v1 import event_admin_pb2_grpc

from chassis.db.pool import Connection
from chassis.db.statements import Statements
from chassis.errors import IllegalState, NotFound, PermissionDenied
from chassis.events.topics import TopicRegistry, UndecodableEvent
from chassis.rpc import call as calls
from chassis.rpc import pages
from chassis.rpc.mutations import Mutations
from chassis.rpc.server import Servicer

sql = Statements("chassis.rpc")
_NEED_SOMEBODY = ["RETRYING", "PARKED", "DEAD", "WAITING"]


def servicer(mutations: Mutations[Connection], registry: TopicRegistry) -> Servicer:
    """Ready to be served; `mutations` hands the plain connection to the work."""
    return Servicer(
        event_admin_pb2_grpc.add_EventAdminServiceServicer_to_server,
        EventAdmin(mutations, registry),
        pb.DESCRIPTOR.services_by_name["EventAdminService"].full_name,
    )


def _require_platform() -> None:
    """Events are of all tenants: a tenant's caller may not see or decide them."""
    if calls.current().caller.organisation_id:
        raise PermissionDenied("only the platform's operators may look at events: use a token without an organisation")


class EventAdmin(event_admin_pb2_grpc.EventAdminServiceServicer):
    def __init__(self, mutations: Mutations[Connection], registry: TopicRegistry) -> None:
        self._mutations, self._registry = mutations, registry

    async def ListFailedEvents(self, request: pb.ListFailedEventsRequest, context: Any) -> Any:
        _require_platform()
        page = pages.of(request)
        states = [pb.FailedEventState.Name(s).removeprefix("FAILED_EVENT_STATE_") for s in request.states] or _NEED_SOMEBODY
        before = page.after.int if page.after else 2**63 - 1

        async def work(connection: Connection) -> pb.ListFailedEventsResponse:
            rows = await connection.fetch(sql.list_failed_events, states, before, page.fetch)
            given, token = pages.cut(page, rows, lambda row: UUID(int=row["id"]))
            return pb.ListFailedEventsResponse(failed_events=[_message(row) for row in given], next_page_token=token)

        return await self._mutations.read(work)

    async def GetFailedEvent(self, request: pb.GetFailedEventRequest, context: Any) -> Any:
        _require_platform()

        async def work(connection: Connection) -> pb.GetFailedEventResponse:
            return pb.GetFailedEventResponse(failed_event=await self._whole(connection, request.id))

        return await self._mutations.read(work)

    async def ReplayFailedEvent(self, request: pb.ReplayFailedEventRequest, context: Any) -> Any:
        _require_platform()

        async def work(connection: Connection) -> pb.ReplayFailedEventResponse:
            before = await self._whole(connection, request.id)
            subject = calls.current().caller.subject
            if not await connection.fetchval(sql.replay_failed_event, request.id, subject, request.reason):
                raise _illegal(before, "replay")
            return pb.ReplayFailedEventResponse(failed_event=await self._whole(connection, request.id))

        return await self._mutations.run(request, work)

    async def DiscardFailedEvent(self, request: pb.DiscardFailedEventRequest, context: Any) -> Any:
        _require_platform()

        async def work(connection: Connection) -> pb.DiscardFailedEventResponse:
            before = await self._whole(connection, request.id)
            subject = calls.current().caller.subject
            row = await connection.fetchrow(sql.discard_failed_event, request.id, subject, request.reason)
            if row is None:
                raise _illegal(before, "discard")
            if row["sequence"]:
                await connection.execute(sql.skip_position, row["consumer"], row["key"], row["sequence"])
            return pb.DiscardFailedEventResponse(failed_event=await self._whole(connection, request.id))

        return await self._mutations.run(request, work)

    async def _whole(self, connection: Connection, event_id: int) -> pb.FailedEvent:
        row = await connection.fetchrow(sql.get_failed_event, event_id)
        if row is None:
            raise NotFound("failed event", str(event_id))
        message = _message(row)
        for name, value in row["headers"]:
            message.headers[name] = base64.b64decode(value).decode("utf-8", "backslashreplace")
        message.payload = row["payload"] or b""
        try:
            decoded = self._registry.decode(row["type"], message.payload)
        except UndecodableEvent:
            decoded = None
        if decoded is not None:
            message.payload_json = json_format.MessageToJson(decoded, preserving_proto_field_name=True)
        return message


def _illegal(event: pb.FailedEvent, verb: str) -> IllegalState:
    state = pb.FailedEventState.Name(event.state).removeprefix("FAILED_EVENT_STATE_")
    allowed = {
        "PARKED": ["replay", "discard"],
        "DEAD": ["replay", "discard"],
        "RETRYING": ["replay", "discard"],
        "WAITING": ["discard"],
    }
    return IllegalState("failed event", state, verb, allowed.get(state, []))


def _message(row: Any) -> pb.FailedEvent:
    return pb.FailedEvent(
        id=row["id"],
        consumer=row["consumer"],
        topic=row["topic"],
        partition=row["partition"],
        offset=row["record_offset"],
        event_id=str(row["event_id"] or ""),
        type=row["type"],
        key=row["key"],
        sequence=row["sequence"],
        state=pb.FailedEventState.Value(f"FAILED_EVENT_STATE_{row['state']}"),
        error=row["error"],
        attempts=row["attempts"],
        first_failed_at=row["first_failed_at"],
        last_failed_at=row["last_failed_at"],
        decided_by=row["decided_by"],
        decision_reason=row["decision_reason"],
    )
