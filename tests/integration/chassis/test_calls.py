"""Every way a call can go wrong, over real gRPC: one defined status each, always with ErrorInfo, and no effect."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import grpc
import pytest
from chassis.db.pool import Connection, connect
from google.protobuf import struct_pb2
from grpc import StatusCode
from support.databases import TestDatabase
from support.probe.service import ProbeSettings, definition
from support.probe.servicer import CANARY, GATE, Reply, Request, key_of, method
from support.services import Served, environment, serving
from support.statuses import refused
from support.tokens import TokenMaker
from support.wait import until


@pytest.fixture
async def served(database: TestDatabase, tokens: TokenMaker) -> AsyncIterator[Served]:
    settings = ProbeSettings(**environment(database, tokens.jwks), max_message_bytes=100_000)
    async with serving(definition(), settings) as running:
        yield running


@pytest.fixture
def caller(tokens: TokenMaker) -> tuple[tuple[str, str], ...]:
    return tokens.metadata("ada", "org_01h455vb4pex5vsknk084sn02q")


def step(served: Served, request: Any, metadata: Any, **more: Any) -> Any:
    """A call of the probe's mutation; `request` is a message or raw bytes."""
    as_bytes = request if isinstance(request, bytes) else request.SerializeToString()
    return served.channel.unary_unary(method("Step"))(as_bytes, metadata=metadata, **{"timeout": 30, **more})


def request(reason: str = "as planned", number: int = 1, request_id: str | None = None) -> Request:
    return Request(request_id=request_id or str(uuid4()), id=number, reason=reason)


async def untouched(connection: Connection) -> bool:
    """No thing, no event, no stored reply."""
    return not await connection.fetchval(
        "SELECT count(*) FROM (SELECT 1 FROM thing UNION ALL SELECT 1 FROM outbox UNION ALL SELECT 1 FROM idempotent_reply) AS x"
    )


async def test_a_good_call(served: Served, caller: Any, connection: Connection) -> None:
    """The frame lets a sound call through, with its effect, its event and its reply."""
    reply = Reply.FromString(await step(served, request(number=7), caller))
    assert reply.failed_event.id == 1
    assert await connection.fetchval("SELECT key FROM outbox") == key_of(7).encode()


@pytest.mark.parametrize(
    ("reason", "code", "name"),
    [
        ("missing", StatusCode.NOT_FOUND, "NOT_FOUND"),
        ("wrong state", StatusCode.FAILED_PRECONDITION, "ILLEGAL_STATE"),
        ("stale etag", StatusCode.ABORTED, "STALE_ETAG"),
        ("preconditions", StatusCode.FAILED_PRECONDITION, "PRECONDITION_FAILED"),
        ("limit", StatusCode.RESOURCE_EXHAUSTED, "LIMIT_EXCEEDED"),
        ("unique", StatusCode.ALREADY_EXISTS, "ALREADY_EXISTS"),
        ("fault", StatusCode.INTERNAL, "INTERNAL"),
        ("unmapped constraint", StatusCode.INTERNAL, "INTERNAL"),
    ],
)
async def test_a_failing_use_case(
    served: Served, caller: Any, connection: Connection, reason: str, code: StatusCode, name: str
) -> None:
    """Each error of a use case has its status; nothing of the transaction is left and the request id stays free."""
    asked = request(reason)
    found = await refused(step(served, asked, caller))
    assert (found.code, found.reason) == (code, name)
    assert await untouched(connection)
    assert (await refused(step(served, asked, caller))).reason == name


async def test_details_of_states_and_preconditions(served: Served, caller: Any) -> None:
    """The caller learns the state and what is possible, and every missing condition."""
    state = await refused(step(served, request("wrong state"), caller))
    assert state.metadata == {"kind": "thing", "state": "DONE", "verb": "step", "allowed": "undo"}
    assert (await refused(step(served, request("preconditions"), caller))).preconditions == ["BUDGET", "IDENTITY"]


@pytest.mark.parametrize("reason", ["fault", "unmapped constraint"])
async def test_a_fault_of_ours_says_nothing_of_ours(
    served: Served, caller: Any, capfd: pytest.CaptureFixture[str], reason: str
) -> None:
    """The status has an incident id; neither text, path, SQL nor table name leaves, not even into the details."""
    found = await refused(step(served, request(reason), caller))
    assert found.message == f"internal error, incident {found.metadata['incident_id']}"
    assert set(found.metadata) == {"incident_id"}
    for ours in (CANARY, "/srv", "SELECT", "thing", "version", "Error", "Traceback"):
        assert ours.encode() not in found.raw.replace(b"google.rpc.ErrorInfo", b"")
    written = capfd.readouterr()
    assert CANARY not in written.err + written.out
    assert found.metadata["incident_id"] in written.err + written.out


async def test_all_violations_at_once(served: Served, caller: Any, tokens: TokenMaker, connection: Connection) -> None:
    """Every broken rule of a request comes back in one answer, named by its path."""
    found = await refused(step(served, Request(request_id="no uuid", id=-1, reason="x"), caller))
    assert (found.code, found.reason) == (StatusCode.INVALID_ARGUMENT, "INVALID_FIELDS")
    assert found.violations == {"request_id": "STRING_UUID", "id": "INT64_GT", "reason": "STRING_MIN_LEN"}
    wrong = b"\x0a\x03\x01\x63\x62\x10\x84\x07"  # states 1, 99, 98; page_size 900
    operator = tokens.metadata("ada", roles=["operator"])
    listed = await refused(
        served.channel.unary_unary("/kamai.ops.v1.EventAdminService/ListFailedEvents")(wrong, metadata=operator)
    )
    assert set(listed.violations) == {"states[1]", "states[2]", "page_size"}
    assert await untouched(connection)


@pytest.mark.parametrize(
    "raw", [b"\xff\xff\xff", b"\x0a\x7fabc", b"\x08", struct_pb2.Value(string_value="x").SerializeToString()]
)
async def test_malformed_bytes(served: Served, caller: Any, raw: bytes) -> None:
    """Bytes that are no request of the method: INVALID_ARGUMENT, never a broken connection."""
    found = await refused(step(served, raw, caller))
    assert found.code is StatusCode.INVALID_ARGUMENT
    assert found.reason in ("MALFORMED_MESSAGE", "INVALID_FIELDS")
    assert (await step(served, request(), caller)) is not None


async def test_an_oversized_message(served: Served, caller: Any, connection: Connection) -> None:
    """Above the limit the answer says how much was sent and how much is taken."""
    found = await refused(step(served, b"x" * 100_001, caller))
    assert (found.code, found.reason) == (StatusCode.RESOURCE_EXHAUSTED, "MESSAGE_TOO_LARGE")
    assert "100001" in found.message
    assert "100000" in found.message
    assert await untouched(connection)


async def test_unknown_methods_and_services(served: Served, caller: Any) -> None:
    """What is not there, or not yet, is UNIMPLEMENTED with our reason."""
    for name in (method("Absent"), method("Nonsense"), "/kamai.nowhere.v1.Nothing/Do"):
        found = await refused(served.channel.unary_unary(name)(request().SerializeToString(), metadata=caller))
        assert (found.code, found.reason) == (StatusCode.UNIMPLEMENTED, "UNSUPPORTED"), name


async def test_a_request_id_is_used_once(served: Served, caller: Any, connection: Connection) -> None:
    """A repeat gets the same bytes; another payload under the same id is refused; another caller may use the same id."""
    first = request(number=1)
    reply = await step(served, first, caller)
    assert await step(served, first, caller) == reply
    found = await refused(step(served, request(number=2, request_id=first.request_id), caller))
    assert (found.code, found.reason) == (StatusCode.ALREADY_EXISTS, "REQUEST_ID_REUSED")
    assert await connection.fetchval("SELECT count(*) FROM outbox") == 1


async def test_request_ids_belong_to_their_caller(served: Served, tokens: TokenMaker, connection: Connection) -> None:
    """Another subject, or one of the same name that is bound to another organisation, contractor or bank, with the same request
    id neither sees nor blocks the first one's reply."""
    asked = request()
    callers: list[tuple[str, dict[str, str]]] = [
        ("ada", {"organisation_id": "org_01h455vb4pex5vsknk084sn02q"}),
        ("bob", {"organisation_id": "org_01h455vb4pex5vsknk084sn02q"}),
        ("ada", {"organisation_id": "org_01h455vb4pex5vsknk084sn02r"}),
        ("ada", {"contractor_id": "contractor_01h455vb4pex5vsknk084sn02q"}),
        ("ada", {"contractor_id": "contractor_01h455vb4pex5vsknk084sn02r"}),
        ("ada", {"bank": "indus"}),
        ("ada", {"bank": "other"}),
        ("ada", {}),
    ]
    for _ in range(2):
        for subject, bound in callers:
            await step(served, asked, tokens.metadata(subject, **bound))
    assert await connection.fetchval("SELECT version FROM thing") == len(callers)


async def test_a_hundred_equal_calls_have_one_effect(served: Served, caller: Any, connection: Connection) -> None:
    """All get the same bytes, the thing moves once, one event is written."""
    asked = request(number=3)
    replies = await asyncio.gather(*(step(served, asked, caller) for _ in range(100)))
    assert len(set(replies)) == 1
    assert await connection.fetchval("SELECT version FROM thing") == 1
    assert await connection.fetchval("SELECT count(*) FROM outbox") == 1


@pytest.mark.parametrize("timeout", [None, 1e6, 1e9])
async def test_missing_and_absurd_deadlines_are_capped(served: Served, caller: Any, timeout: float | None) -> None:
    """None, or one in years, counts as 60 s; the same time bounds the statements."""
    reply = Reply.FromString(await step(served, request("deadline"), caller, timeout=timeout))
    assert 50_000 < reply.failed_event.attempts <= 60_000
    assert 50_000 < reply.failed_event.partition <= 60_000


async def test_a_short_deadline_reaches_the_database(served: Served, caller: Any) -> None:
    """What is left of the caller's time is the statement timeout."""
    reply = Reply.FromString(await step(served, request("deadline"), caller, timeout=20))
    assert reply.failed_event.partition <= 20_200  # gRPC rounds a timeout up to three digits on the wire


async def waiting(connection: Connection) -> bool:
    """Whether a call waits at the gate."""
    return bool(
        await connection.fetchval(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND NOT granted)", GATE
        )
    )


async def idle(connection: Connection) -> bool:
    """Whether no other session of this database is inside a transaction."""
    return not await connection.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
        "AND (state LIKE 'idle in transaction%' OR state = 'active')"
    )


async def test_a_cancelled_call_leaves_nothing(served: Served, caller: Any, connection: Connection) -> None:
    """The caller goes away in mid-transaction: no open transaction, no effect, and the request id is free."""
    asked = request("wait")
    await connection.execute("SELECT pg_advisory_lock($1)", GATE)
    call = step(served, asked, caller)
    pending = asyncio.ensure_future(call)
    await until(lambda: waiting(connection))
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await pending
    await until(lambda: idle(connection))
    assert await untouched(connection)
    await connection.execute("SELECT pg_advisory_unlock($1)", GATE)
    assert await step(served, asked, caller)


async def test_a_deadline_that_passes_leaves_nothing(served: Served, caller: Any, connection: Connection) -> None:
    """The time runs out in mid-transaction: DEADLINE_EXCEEDED, no open transaction, no effect."""
    await connection.execute("SELECT pg_advisory_lock($1)", GATE)
    started = time.monotonic()
    with pytest.raises(grpc.aio.AioRpcError) as caught:  # the client's own clock ends it: the status may be gRPC's
        await step(served, request("wait"), caller, timeout=1)
    assert caught.value.code() is StatusCode.DEADLINE_EXCEEDED
    assert time.monotonic() - started < 15
    await until(lambda: idle(connection))
    assert await untouched(connection)
    await connection.execute("SELECT pg_advisory_unlock($1)", GATE)


async def test_our_own_cap_has_a_status(database: TestDatabase, tokens: TokenMaker, connection: Connection, caller: Any) -> None:
    """When the cap, not the caller, ends the call, the status says that the outcome is unknown."""
    await connection.execute("SELECT pg_advisory_lock($1)", GATE)
    settings = ProbeSettings(**environment(database, tokens.jwks), max_call_s=0.5)
    async with serving(definition(), settings) as served:
        found = await refused(step(served, request("wait"), caller, timeout=None))
    assert (found.code, found.reason) == (StatusCode.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED")
    assert "request_id" in found.message
    await connection.execute("SELECT pg_advisory_unlock($1)", GATE)


async def test_streams_have_the_same_frame(served: Served, caller: Any) -> None:
    """Server and client streams: replies and sums come, bad elements and late errors have a status with ErrorInfo."""
    count = served.channel.unary_stream(method("Count"))
    replies = [Reply.FromString(raw) async for raw in count(request(number=3).SerializeToString(), metadata=caller)]
    assert [r.failed_event.id for r in replies] == [1, 2, 3]
    assert (await refused(_all(count(request("missing", 2).SerializeToString(), metadata=caller)))).reason == "NOT_FOUND"
    assert (await refused(_all(count(b"\xff\xff", metadata=caller)))).reason == "MALFORMED_MESSAGE"
    load = served.channel.stream_unary(method("Load"))
    sent = [request(number=n).SerializeToString() for n in (1, 2, 3)]
    assert Reply.FromString(await load(iter(sent), metadata=caller)).failed_event.id == 6
    bad = Request(id=-1).SerializeToString()
    assert "id" in (await refused(load(iter([*sent, bad]), metadata=caller))).violations
    assert (await refused(load(iter(sent)))).reason == "UNAUTHENTICATED"


async def _all(stream: Any) -> list[bytes]:
    return [raw async for raw in stream]


async def test_the_database_away_is_unavailable(
    served: Served, caller: Any, connection: Connection, database: TestDatabase
) -> None:
    """Sessions cut by the server: UNAVAILABLE or a fresh connection, never INTERNAL; afterwards all is well again."""
    await connection.execute("SELECT pg_advisory_lock($1)", GATE)
    call = asyncio.ensure_future(step(served, request("wait"), caller))
    await until(lambda: waiting(connection))
    admin = await connect(database.admin_url, "admin")
    await admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'probe'"
    )
    await admin.close()
    found = await refused(call)
    assert (found.code, found.reason) == (StatusCode.UNAVAILABLE, "UNAVAILABLE")
    await connection.execute("SELECT pg_advisory_unlock($1)", GATE)
    assert await step(served, request(), caller)
