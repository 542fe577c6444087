"""Deadlines, tokens, request ids and retries around every call, against a real server."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from chassis import errors
from chassis.rpc import status
from grpc_status import rpc_status
from kamai.contracts.v1 import purchasing_pb2 as pb
from kamai.onboarding.v1 import screening_pb2
from kamai.payouts.v1 import run_pb2
from kamai_client import AddressMissing, CallPolicy, Kamai, KamaiClientError
from unit.client.answering import Answering

QUICK = CallPolicy(first_pause_s=0.001, longest_pause_s=0.002, tries=4)
REQUEST = pb.CreateOrganisationRequest(legal_name="Lakeshore", country="US")


def refusing(code: grpc.StatusCode, times: int) -> Callable[[Any, Any], Any]:
    """Refuses the first calls, then answers."""
    left = [times]

    def answer(_request: Any, context: Any) -> Any:
        if left[0]:
            left[0] -= 1
            context.abort(code, "not now")
        return pb.CreateOrganisationResponse()

    return answer


def client(server: Answering, **options: Any) -> Kamai:
    return Kamai(contracts=server.address, onboarding=server.address, payouts=server.address, policy=QUICK, **options)


async def test_unavailable_is_retried_with_the_same_request_id(server: Answering) -> None:
    """A repeat must be recognised by the service, so every try of a call carries one id."""
    server.answers["CreateOrganisation"] = refusing(grpc.StatusCode.UNAVAILABLE, 3)
    async with client(server) as kamai:
        await kamai.organisations.CreateOrganisation(REQUEST)
    ids = [call.request.request_id for call in server.calls]
    assert len(ids) == 4
    assert len(set(ids)) == 1
    assert uuid.UUID(ids[0]).version == 4


@pytest.mark.parametrize(
    "code",
    [
        code
        for code in grpc.StatusCode
        if code not in (grpc.StatusCode.OK, grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
    ],
)
async def test_nothing_else_is_retried(server: Answering, code: grpc.StatusCode) -> None:
    """Above all not DEADLINE_EXCEEDED: its outcome is unknown, and repeating it is the caller's decision."""
    server.answers["CreateOrganisation"] = refusing(code, 1)
    async with client(server) as kamai:
        with pytest.raises(KamaiClientError) as refusal:
            await kamai.organisations.CreateOrganisation(REQUEST)
    assert refusal.value.code is code
    assert len(server.calls) == 1


async def test_retries_end(server: Answering) -> None:
    """A service that stays away is an error after the agreed number of tries."""
    server.answers["CreateOrganisation"] = refusing(grpc.StatusCode.UNAVAILABLE, 99)
    async with client(server) as kamai:
        with pytest.raises(KamaiClientError) as refusal:
            await kamai.organisations.CreateOrganisation(REQUEST)
    assert refusal.value.reason == "UNAVAILABLE"
    assert len(server.calls) == 4


async def test_no_server_at_all_is_unavailable() -> None:
    """Nobody listens: the same error as from a service that is starting."""
    async with Kamai(contracts="127.0.0.1:1", policy=QUICK) as kamai:
        with pytest.raises(KamaiClientError) as refusal:
            await kamai.organisations.CreateOrganisation(REQUEST)
    assert refusal.value.code is grpc.StatusCode.UNAVAILABLE


async def test_request_ids(server: Answering) -> None:
    """A fresh id for each call that lacks one; a given id stays; the caller's message is not touched."""
    given = str(uuid.uuid4())
    async with client(server) as kamai:
        await kamai.organisations.CreateOrganisation(REQUEST)
        await kamai.organisations.CreateOrganisation(REQUEST)
        await kamai.organisations.CreateOrganisation(pb.CreateOrganisationRequest(request_id=given))
    first, second, third = [call.request.request_id for call in server.calls]
    assert first != second
    assert third == given
    assert REQUEST.request_id == ""


async def test_deadline(server: Answering) -> None:
    """Ten seconds unless the policy or the call says otherwise."""
    async with Kamai(contracts=server.address) as kamai:
        await kamai.organisations.CreateOrganisation(REQUEST)
        await kamai.organisations.CreateOrganisation(REQUEST, timeout=3)
    async with Kamai(contracts=server.address, policy=CallPolicy(timeout_s=40)) as kamai:
        await kamai.organisations.CreateOrganisation(REQUEST)
    remaining = [call.remaining_s or 0 for call in server.calls]
    assert 9 < remaining[0] <= 10.1
    assert 2 < remaining[1] <= 3.1
    assert 39 < remaining[2] <= 40.1


async def test_tokens(server: Answering) -> None:
    """A callable is asked at every call; authorization that the caller sets stays."""
    tokens = iter(["one", "two", "three"])
    async with client(server, token=lambda: next(tokens)) as kamai:
        await kamai.organisations.CreateOrganisation(REQUEST)
        await kamai.organisations.CreateOrganisation(REQUEST)
        await kamai.organisations.CreateOrganisation(REQUEST, metadata=(("authorization", "Bearer mine"),))
    assert [call.metadata["authorization"] for call in server.calls] == ["Bearer one", "Bearer two", "Bearer mine"]


async def test_client_stream(server: Answering) -> None:
    """The header gets the request id, and a refusal is decoded."""
    parts = [
        screening_pb2.ImportWatchlistRequest(header=screening_pb2.WatchlistHeader(list="ofac-sdn")),
        screening_pb2.ImportWatchlistRequest(chunk=screening_pb2.WatchlistChunk(file="sdn.csv", data=b"x")),
    ]
    async with client(server, token="t") as kamai:
        await kamai.screenings.ImportWatchlist(iter(parts))
        server.answers["ImportWatchlist"] = refusing(grpc.StatusCode.UNAUTHENTICATED, 1)
        with pytest.raises(KamaiClientError) as refusal:
            await kamai.screenings.ImportWatchlist(iter(parts))
    header, chunk = server.calls[0].request
    assert uuid.UUID(header.header.request_id)
    assert chunk.chunk.data == b"x"
    assert server.calls[0].metadata["authorization"] == "Bearer t"
    assert refusal.value.reason == "UNAUTHENTICATED"


async def test_server_stream(server: Answering) -> None:
    """What was streamed arrives, then the decoded error."""

    def answer(_request: Any, context: Any) -> Any:
        context.abort_with_status(rpc_status.to_status(status.of(errors.NotFound("run", "run_1"))))

    server.answers["WatchRun"] = lambda _request, _context: [run_pb2.WatchRunResponse(), run_pb2.WatchRunResponse()]
    async with client(server) as kamai:
        assert len([reply async for reply in kamai.runs.WatchRun(run_pb2.WatchRunRequest())]) == 2
        server.answers["WatchRun"] = answer
        with pytest.raises(KamaiClientError) as refusal:
            [reply async for reply in kamai.runs.WatchRun(run_pb2.WatchRunRequest())]
    assert refusal.value.reason == "NOT_FOUND"


async def test_missing_address_says_which(server: Answering) -> None:
    """Only the services that are called need an address."""
    async with Kamai(contracts=server.address) as kamai:
        await kamai.organisations.CreateOrganisation(REQUEST)
        with pytest.raises(AddressMissing, match="KAMAI_PAYOUTS_ADDR"):
            _ = kamai.runs
