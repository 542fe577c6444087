"""What a caller over its limit gets, and that it costs nobody else anything."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import grpc
from chassis.db.pool import Connection
from kamai.ops.v1 import event_admin_pb2 as pb
from kamai_client.calls import CallPolicy
from kamai_client.client import Kamai
from support.databases import TestDatabase
from support.probe.service import ProbeSettings, definition
from support.probe.servicer import GATE, Request, method
from support.services import environment, serving
from support.statuses import refused
from support.tokens import TokenMaker
from support.wait import until

FIRST, SECOND = "org_01h455vb4pex5vsknk084sn02q", "org_01h455vb4pex5vsknk084sn02r"


def asked(number: int, reason: str = "as planned") -> bytes:
    return Request(request_id=str(uuid4()), id=number, reason=reason).SerializeToString()


async def test_over_the_rate(database: TestDatabase, tokens: TokenMaker) -> None:
    """RESOURCE_EXHAUSTED with the limit's name and RetryInfo, nothing done; another tenant goes on."""
    settings = ProbeSettings(**environment(database, tokens.jwks) | {"limit_writes_per_s": 0.01, "limit_writes_burst": 2})
    async with serving(definition(), settings) as served:
        step, first = served.channel.unary_unary(method("Step")), tokens.metadata("ada", FIRST)
        for number in (1, 2):
            await step(asked(number), metadata=first)
        answer = await refused(step(asked(3), metadata=first))
        assert (answer.code, answer.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "LIMIT_EXCEEDED")
        assert 50 < answer.retry_after_s <= 100
        await step(asked(4), metadata=tokens.metadata("bob", SECOND))


async def test_over_the_calls_at_once(database: TestDatabase, tokens: TokenMaker, connection: Connection) -> None:
    """While two calls of a tenant wait in the database its third is refused; another tenant's passes."""
    settings = ProbeSettings(**environment(database, tokens.jwks) | {"limit_calls_at_once": 2})
    async with serving(definition(), settings) as served:
        step, first = served.channel.unary_unary(method("Step")), tokens.metadata("ada", FIRST)
        await connection.execute("SELECT pg_advisory_lock($1)", GATE)
        waiting = [step(asked(number, "wait"), metadata=first) for number in (11, 12)]
        waits = "SELECT count(*) = 2 FROM pg_locks WHERE NOT granted AND locktype = 'advisory'"
        await until(lambda: connection.fetchval(waits))
        assert (await refused(step(asked(13), metadata=first))).reason == "LIMIT_EXCEEDED"
        await step(asked(14), metadata=tokens.metadata("bob", SECOND))
        await connection.execute("SELECT pg_advisory_unlock($1)", GATE)
        await asyncio.gather(*waiting)
        await step(asked(15), metadata=first)


async def test_streams_of_a_tenant_leave_connections(database: TestDatabase, tokens: TokenMaker, connection: Connection) -> None:
    """Of six streams that look into the database two of its four connections are busy, and another tenant's call passes."""
    settings = ProbeSettings(**environment(database, tokens.jwks) | {"database_pool_size": 4})
    async with serving(definition(), settings) as served:
        count, first = served.channel.unary_stream(method("Count")), tokens.metadata("ada", FIRST)
        await connection.execute("SELECT pg_advisory_lock($1)", GATE)
        streams = [asyncio.ensure_future(_counted(count(asked(2, "wait"), metadata=first))) for _ in range(6)]
        waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'"
        await until(lambda: connection.fetchval(f"{waits} HAVING count(*) = 2"))
        for number in range(5):
            await served.channel.unary_unary(method("Step"))(asked(20 + number), metadata=tokens.metadata("bob", SECOND))
        assert await connection.fetchval(waits) == 2
        await connection.execute("SELECT pg_advisory_unlock($1)", GATE)
        assert await asyncio.gather(*streams) == [2] * 6


async def _counted(stream: Any) -> int:
    return len([reply async for reply in stream])


async def test_the_client_waits_as_long_as_it_is_told(database: TestDatabase, tokens: TokenMaker) -> None:
    """A refused call of the Python client is repeated after the pause of RetryInfo and passes."""
    settings = ProbeSettings(**environment(database, tokens.jwks) | {"limit_reads_per_s": 20, "limit_reads_burst": 1})
    async with (
        serving(definition(), settings) as served,
        Kamai(onboarding=served.address, token=tokens.token("omar"), policy=CallPolicy(tries=5)) as kamai,
    ):
        for _ in range(4):
            await kamai.failed_events("onboarding").ListFailedEvents(pb.ListFailedEventsRequest())
