"""Nobody, with a token or without, takes the calls that others need: not with calls whose message never comes, not with streams
of the health service, not with more calls than are allowed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import grpc
import pytest
from grpc import StatusCode
from grpc_health.v1 import health_pb2, health_pb2_grpc
from kamai.ops.v1 import event_admin_pb2 as pb
from support.databases import TestDatabase
from support.probe.service import ProbeSettings, definition
from support.probe.servicer import Request, method
from support.services import Served, environment, serving
from support.statuses import failure, refused
from support.tokens import TokenMaker
from support.wait import until

FIRST, SECOND = "org_01h455vb4pex5vsknk084sn02q", "org_01h455vb4pex5vsknk084sn02r"
ALL, OF_ONE, MANY = 100, 8, 150  # calls at once: of everybody, of one tenant, and what somebody hostile begins
SMALL = {"max_concurrent_calls": ALL, "limit_calls_at_once": OF_ONE, "limit_refusals_waiting": 2}


@pytest.fixture
async def served(database: TestDatabase, tokens: TokenMaker) -> AsyncIterator[Served]:
    settings = ProbeSettings(**environment(database, tokens.jwks) | SMALL | {"max_message_wait_s": 3.0})
    async with serving(definition(), settings) as running:
        yield running


def asked() -> bytes:
    return Request(request_id=str(uuid4()), id=uuid4().int % 10**9 + 1, reason="as planned").SerializeToString()


async def without_message(served: Served, name: str, count: int, metadata: Any = None) -> list[Any]:
    """Calls of which only the metadata went."""
    calls = [served.channel.stream_unary(name)(metadata=metadata) for _ in range(count)]
    await asyncio.gather(*(call.wait_for_connection() for call in calls), return_exceptions=True)
    return calls


async def answer(call: Any) -> Any:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return caught.value


@pytest.mark.parametrize("name", [method("Step"), method("Count"), method("Load"), "/kamai.probe.v1.ProbeService/None"])
async def test_without_a_token_no_message_is_waited_for(served: Served, name: str) -> None:
    """The refusal comes before the message, and however many do so, another's call passes."""
    calls = await without_message(served, name, MANY)
    codes = {(await answer(call)).code() for call in calls}
    assert codes <= {StatusCode.UNAUTHENTICATED, StatusCode.UNIMPLEMENTED}


@pytest.mark.parametrize("name", [method("Step"), method("Count"), method("Load")])
async def test_a_tenant_holds_no_more_than_its_calls_at_once(served: Served, tokens: TokenMaker, name: str) -> None:
    """Of calls that send no message so many wait as a tenant may have at once; the others are refused, another tenant's pass."""
    first, second = tokens.metadata("ada", FIRST), tokens.metadata("bob", SECOND)
    calls = await without_message(served, name, MANY, first)

    async def only_those() -> bool:
        return sum(not call.done() for call in calls) == OF_ONE

    await until(only_those)
    await served.channel.unary_unary(method("Step"))(asked(), metadata=second)
    assert {failure(await answer(call)).reason for call in calls if call.done()} == {"LIMIT_EXCEEDED"}
    for call in calls:
        call.cancel()


async def test_the_wait_for_a_message_ends(served: Served, tokens: TokenMaker, caplog: pytest.LogCaptureFixture) -> None:
    """DEADLINE_EXCEEDED when it does not come in time, and the tenant may call again."""
    first = tokens.metadata("ada", FIRST)
    for call in await without_message(served, method("Step"), OF_ONE, first):
        ended = failure(await answer(call))
        assert (ended.code, ended.reason) == (StatusCode.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED")
    await served.channel.unary_unary(method("Step"))(asked(), metadata=first)
    assert not caplog.records  # of gRPC


async def test_callers_that_go_before_their_message(served: Served, tokens: TokenMaker, caplog: pytest.LogCaptureFixture) -> None:
    """They leave no place taken and no line of gRPC in the log."""
    first = tokens.metadata("ada", FIRST)
    for _ in range(5):
        for call in await without_message(served, method("Step"), OF_ONE, first):
            call.cancel()
    step = served.channel.unary_unary(method("Step"))

    async def passes() -> bool:
        return bool(await step(asked(), metadata=first))

    await until(passes)
    assert not caplog.records


async def test_a_call_without_a_message(served: Served, tokens: TokenMaker) -> None:
    """A call that ends its side without one is told so."""
    call = served.channel.stream_unary(method("Step"))(metadata=tokens.metadata("ada", FIRST))
    await call.done_writing()
    assert failure(await answer(call)).reason == "MALFORMED_MESSAGE"


async def test_health_cannot_be_watched(served: Served) -> None:
    """Watch is a stream without end and without a token: UNIMPLEMENTED, by which clients know to stop trying. Check answers."""
    health: Any = health_pb2_grpc.HealthStub(served.channel)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await anext(aiter(health.Watch(health_pb2.HealthCheckRequest())))
    assert caught.value.code() is StatusCode.UNIMPLEMENTED
    assert (await health.Check(health_pb2.HealthCheckRequest())).status == health_pb2.HealthCheckResponse.SERVING
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await health.Check(health_pb2.HealthCheckRequest(service="none.such"))
    assert caught.value.code() is StatusCode.NOT_FOUND
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await served.channel.unary_unary("/grpc.health.v1.Health/Check")(b"\xff")
    assert caught.value.code() is StatusCode.INVALID_ARGUMENT


async def test_health_checks_without_a_message(served: Served, tokens: TokenMaker) -> None:
    """Few wait for theirs, for a time; the others are refused, and calls with a token pass. Then health is answered again."""
    calls = await without_message(served, "/grpc.health.v1.Health/Check", MANY)
    await served.channel.unary_unary(method("Step"))(asked(), metadata=tokens.metadata("ada", FIRST))
    codes = [(await answer(call)).code() for call in calls]
    assert set(codes) == {StatusCode.RESOURCE_EXHAUSTED, StatusCode.DEADLINE_EXCEEDED}
    health: Any = health_pb2_grpc.HealthStub(served.channel)
    assert (await health.Check(health_pb2.HealthCheckRequest())).status == health_pb2.HealthCheckResponse.SERVING


async def test_a_flood_of_one_tenant_stops_no_other(database: TestDatabase, tokens: TokenMaker) -> None:
    """More callers of one tenant than there may be calls at all: few of its refusals wait, and another tenant's calls pass."""
    slow = {"limit_writes_per_s": 1, "limit_writes_burst": 1, "limit_refusals_per_s": 1}
    settings = ProbeSettings(**environment(database, tokens.jwks) | SMALL | slow)
    async with serving(definition(), settings) as served:
        step, first = served.channel.unary_unary(method("Step")), tokens.metadata("ada", FIRST)
        calls = [asyncio.ensure_future(step(asked(), metadata=first)) for _ in range(2 * MANY)]

        async def answered() -> bool:
            return sum(not call.done() for call in calls) <= 2

        await until(answered, timeout_s=5)
        await step(asked(), metadata=tokens.metadata("bob", SECOND))
        reasons = [
            failure(found).reason
            for found in await asyncio.gather(*calls, return_exceptions=True)
            if isinstance(found, grpc.aio.AioRpcError)
        ]
        assert set(reasons) == {"LIMIT_EXCEEDED"}


async def test_calls_without_the_right_are_limited(database: TestDatabase, tokens: TokenMaker) -> None:
    """PERMISSION_DENIED as often as a tenant gets refusals, LIMIT_EXCEEDED beyond; what it may call it still can."""
    settings = ProbeSettings(**environment(database, tokens.jwks) | SMALL | {"limit_refusals_per_s": 5})
    async with serving(definition(), settings) as served:
        first = tokens.metadata("mallory", FIRST)
        forbidden = served.channel.unary_unary("/kamai.ops.v1.EventAdminService/ListFailedEvents")
        request = pb.ListFailedEventsRequest().SerializeToString()
        reasons = [(await refused(forbidden(request, metadata=first))).reason for _ in range(8)]
        assert reasons[:5] == ["PERMISSION_DENIED"] * 5
        assert "LIMIT_EXCEEDED" in reasons[5:]
        await served.channel.unary_unary(method("Step"))(asked(), metadata=first)
