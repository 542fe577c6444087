"""What happens around every call: deadline, token, request id, retry of UNAVAILABLE and of limits, decoded errors.

DEADLINE_EXCEEDED is never retried here: the outcome is unknown, and repeating is the caller's decision, with the same request_id.
"""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections.abc import AsyncIterable, AsyncIterator, Callable, Generator, Iterable
from dataclasses import dataclass
from typing import Any, cast

import grpc
from google.protobuf.message import Message
from grpc.aio import ClientCallDetails, Metadata

from kamai_client.errors import KamaiClientError, from_rpc
from kamai_client.tokens import Token, bearer

Continue = Callable[[ClientCallDetails, Any], Any]


@dataclass(frozen=True)
class CallPolicy:
    """Args:
    token: static, or a callable asked at every call.
    timeout_s: deadline of a call that names none; over all its tries.
    stream_timeout_s: the same for streams.
    tries: how often a call is made at most while the answer is UNAVAILABLE, or asks to come later.
    first_pause_s, longest_pause_s: pauses between tries double up to the longest; each is shortened at random.
    """

    token: Token | None = None
    timeout_s: float = 10.0
    stream_timeout_s: float = 900.0
    tries: int = 5
    first_pause_s: float = 0.1
    longest_pause_s: float = 2.0

    def pause_s(self, tried: int, asked_s: float | None) -> float:
        """Pause after that many tries; never shorter than the service asked for."""
        longest = min(self.longest_pause_s, self.first_pause_s * 2 ** (tried - 1))
        return max(asked_s or 0.0, random.uniform(longest / 2, longest))  # noqa: S311 - spreads load, hides nothing

    def details(self, given: ClientCallDetails, timeout_s: float) -> ClientCallDetails:
        """With deadline and token; an authorization the caller gave stays."""
        metadata = Metadata(*(given.metadata or ()))
        authorization = bearer(self.token)
        if authorization and metadata.get("authorization") is None:
            metadata.add("authorization", authorization)
        return ClientCallDetails(given.method, timeout_s, metadata, given.credentials, given.wait_for_ready)


def with_request_id(request: Message) -> Message:
    """A mutating request that lacks its request_id gets a fresh UUID, in a copy; so every try of a call has the same."""
    asked: Any = request
    if "request_id" not in request.DESCRIPTOR.fields_by_name or asked.request_id:
        return request
    filled: Any = type(request)()
    filled.CopyFrom(request)
    filled.request_id = str(uuid.uuid4())
    return cast(Message, filled)


def with_header_id(request: Message) -> Message:
    """The same for the first message of a client stream, whose header has the request_id."""
    if "header" not in request.DESCRIPTOR.fields_by_name or not request.HasField("header"):
        return request
    filled: Any = type(request)()
    filled.CopyFrom(request)
    filled.header.CopyFrom(with_request_id(filled.header))
    return cast(Message, filled)


def _may_pass_later(failure: KamaiClientError) -> bool:
    """Nothing was done: the service is out of reach, or says when a call over a limit may come again."""
    over_a_limit = failure.reason == "LIMIT_EXCEEDED" and failure.retry_after_s is not None
    return failure.code is grpc.StatusCode.UNAVAILABLE or over_a_limit


class UnaryCalls(grpc.aio.UnaryUnaryClientInterceptor):
    def __init__(self, policy: CallPolicy, service: str) -> None:
        self._policy, self._service = policy, service

    async def intercept_unary_unary(self, continuation: Continue, client_call_details: ClientCallDetails, request: Any) -> Any:
        policy = self._policy
        request = with_request_id(request)
        ends_at = time.monotonic() + (client_call_details.timeout or policy.timeout_s)
        for tried in range(1, policy.tries + 1):
            left_s = max(0.001, ends_at - time.monotonic())
            try:
                call = await continuation(policy.details(client_call_details, left_s), request)
                return await call
            except grpc.aio.AioRpcError as error:
                failure = from_rpc(error, self._service)
            pause_s = policy.pause_s(tried, failure.retry_after_s)
            last = tried == policy.tries or time.monotonic() + pause_s >= ends_at
            if not _may_pass_later(failure) or last:
                raise failure
            await asyncio.sleep(pause_s)
        raise AssertionError("the last try returns or raises")


class ServerStreams(grpc.aio.UnaryStreamClientInterceptor):
    """A stream that breaks is not begun again: the caller knows what it has seen."""

    def __init__(self, policy: CallPolicy, service: str) -> None:
        self._policy, self._service = policy, service

    async def intercept_unary_stream(self, continuation: Continue, client_call_details: ClientCallDetails, request: Any) -> Any:
        timeout_s = client_call_details.timeout or self._policy.stream_timeout_s
        return _decoding(await continuation(self._policy.details(client_call_details, timeout_s), request), self._service)


class ClientStreams(grpc.aio.StreamUnaryClientInterceptor):
    """Not retried: what was read from the caller's iterator is gone."""

    def __init__(self, policy: CallPolicy, service: str) -> None:
        self._policy, self._service = policy, service

    async def intercept_stream_unary(
        self, continuation: Continue, client_call_details: ClientCallDetails, request_iterator: Any
    ) -> Any:
        timeout_s = client_call_details.timeout or self._policy.stream_timeout_s
        details = self._policy.details(client_call_details, timeout_s)
        return _DecodingCall(await continuation(details, _filling(request_iterator)), self._service)


class _DecodingCall:
    """The call itself, as grpc.aio wants it here, but awaiting it raises the decoded error."""

    def __init__(self, call: Any, service: str) -> None:
        self._call, self._service = call, service

    def __getattr__(self, name: str) -> Any:
        return getattr(self._call, name)

    def __await__(self) -> Generator[Any, None, Any]:
        try:
            return (yield from self._call.__await__())
        except grpc.aio.AioRpcError as error:
            raise from_rpc(error, self._service) from None


async def _decoding(replies: AsyncIterable[Message], service: str) -> AsyncIterator[Message]:
    try:
        async for reply in replies:
            yield reply
    except grpc.aio.AioRpcError as error:
        raise from_rpc(error, service) from None


async def _filling(requests: AsyncIterable[Message] | Iterable[Message]) -> AsyncIterator[Message]:
    if isinstance(requests, AsyncIterable):
        async for request in requests:
            yield with_header_id(request)
    else:
        for request in requests:
            yield with_header_id(request)


def interceptors(policy: CallPolicy, service: str) -> list[grpc.aio.ClientInterceptor]:
    """Around every call to this service."""
    return [kind(policy, service) for kind in (UnaryCalls, ServerStreams, ClientStreams)]
