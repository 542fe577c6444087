"""What happens around every call, in this order: access log, errors, authentication, permission, limits, deadline, the message,
its size, decoding, validation.

Requests are read and decoded here rather than by gRPC, so that nobody holds a call whose message never comes, and that malformed
bytes and oversized messages get a status with ErrorInfo.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import grpc
from google.protobuf.message import DecodeError, Message
from grpc_status import rpc_status

from chassis import errors, metrics, trace
from chassis.db.database import turn_of_stream
from chassis.identity.authenticator import Authenticator, combined
from chassis.identity.refusals import KeysUnavailable, Refused
from chassis.logging import fault, logger
from chassis.rpc import access, body, status, validation
from chassis.rpc import call as calls
from chassis.rpc.health import OpenCalls
from chassis.rpc.limits import Limits
from chassis.settings import ServiceSettings

_TIME_IS_UP = "the time for this call is up and its outcome is unknown: repeat with the same request_id"
Continuation = Callable[[grpc.HandlerCallDetails], Awaitable[Any]]


def serialize(reply: Message | bytes) -> bytes:
    """A stored reply is given back byte by byte."""
    return reply if isinstance(reply, bytes) else reply.SerializeToString()


class CallInterceptor(grpc.aio.ServerInterceptor):
    """One interceptor, so that a call has one frame around it."""

    def __init__(self, settings: ServiceSettings, authenticator: Authenticator) -> None:
        self._settings, self._authenticator, self._limits = settings, authenticator, Limits(settings)
        self._open = OpenCalls(settings)
        self._known: dict[str, Any] = {}  # by method, of those there are

    async def intercept_service(self, continuation: Continuation, details: grpc.HandlerCallDetails) -> Any:
        if known := self._known.get(details.method):
            return known
        handler: Any = await continuation(details)
        if self._open.knows(details.method):
            return self._open.handler(details.method, handler)
        if handler is None:  # named by the caller, so it must not become a label of a metric
            return grpc.stream_unary_rpc_method_handler(self._guard("unknown", None).unknown)
        guarded = self._known[details.method] = self._guarded(self._guard(details.method, handler), handler)
        return guarded

    def _guard(self, method: str, handler: Any) -> _Guard:
        return _Guard(self._settings, self._authenticator, self._limits, method, handler)

    @staticmethod
    def _guarded(guard: _Guard, handler: Any) -> Any:
        """To gRPC every method takes a stream: of those its handlers do not read the message before us."""
        if handler.request_streaming and handler.response_streaming:
            raise NotImplementedError("two-way streams have no place in the API")
        if handler.response_streaming:
            return grpc.stream_stream_rpc_method_handler(guard.unary_stream, None, serialize)
        if handler.request_streaming:
            return grpc.stream_unary_rpc_method_handler(guard.stream_unary, None, serialize)
        return grpc.stream_unary_rpc_method_handler(guard.unary_unary, None, serialize)


class _Guard:
    """The frame around one call of one method."""

    def __init__(
        self, settings: ServiceSettings, authenticator: Authenticator, limits: Limits, method: str, handler: Any
    ) -> None:
        self._settings, self._authenticator, self._limits = settings, authenticator, limits
        self._method, self._handler = method, handler
        self._rule = access.rule(method)
        self._step_up = access.StepUpPolicy(settings.step_up_acr_values, settings.step_up_max_age_s)

    async def unary_unary(self, _: Any, context: Any) -> Any:
        async def work() -> Any:
            caller = await self._enter(context, self._settings.max_call_s)
            request = await self._message(context)
            async with asyncio.timeout(calls.current().remaining_s), self._limits.turn(caller):
                return await self._handler.unary_unary(request, context)

        return await self._framed(work, context)

    async def unknown(self, _: Any, context: Any) -> Any:
        async def work() -> Any:
            raise errors.Unsupported("this service has no such method")

        return await self._framed(work, context)

    async def stream_unary(self, stream: AsyncIterator[bytes], context: Any) -> Any:
        async def requests() -> AsyncIterator[Message]:
            async for raw in stream:
                yield self._decode(raw)

        async def work() -> Any:
            turn_of_stream.set(self._limits.turn(await self._enter(context, self._settings.max_stream_s)))
            async with asyncio.timeout(calls.current().remaining_s):
                return await self._handler.stream_unary(requests(), context)

        return await self._framed(work, context)

    async def unary_stream(self, _: Any, context: Any) -> Any:
        async def work() -> None:
            turn_of_stream.set(self._limits.turn(await self._enter(context, self._settings.max_stream_s)))
            request = await self._message(context)
            async with asyncio.timeout(calls.current().remaining_s):
                async for reply in self._handler.unary_stream(request, context):
                    await context.write(reply)

        await self._framed(work, context)

    async def _enter(self, context: Any, longest_s: float) -> calls.Caller:
        """Who calls, if it may; and its deadline: none, or one beyond the cap, counts as the cap. The call is under way, for the
        limits, until its answer has been taken."""
        metadata = combined(context.invocation_metadata())
        caller = await self._authenticator.authenticate(metadata, context.auth_context())
        given = context.time_remaining()
        limit_s = longest_s if given is None else min(longest_s, given)
        trace.enter(metadata.get("traceparent", ""))
        calls.enter(calls.Call(self._method, caller, time.monotonic() + limit_s, self._rule, context.peer()))
        try:
            rule = access.check(self._rule, caller)
        except errors.PermissionDenied:
            self._limits.take_denied(caller)
            raise
        self._limits.take(caller, self._method, rule.weight)
        context.add_done_callback(self._limits.enter(caller))
        return caller

    async def _message(self, context: Any) -> Message:
        return self._decode(await body.message(context, self._settings.max_message_wait_s))

    def _decode(self, raw: bytes) -> Message:
        if len(raw) > self._settings.max_message_bytes:
            raise errors.MessageTooLarge(
                f"the message has {len(raw)} bytes, this method takes {self._settings.max_message_bytes}: send less at a time"
            )
        try:
            request: Message = self._handler.request_deserializer(raw)
        except DecodeError:
            raise errors.MalformedMessage(
                "the bytes are not a request of this method: generate the client from the current protos"
            ) from None
        validation.check(request)
        if self._rule and self._rule.step_up:
            access.check_step_up(calls.current().caller, self._method, request, self._step_up)
        if self._rule and self._rule.personal_data:
            calls.enter(replace(calls.current(), request=request))
        return request

    async def _framed(self, work: Callable[[], Awaitable[Any]], context: Any) -> Any:
        """Runs the call; turns every error into a status and writes the canonical line."""
        started, logged = time.perf_counter(), True
        extra: dict[str, Any] = {}
        code = grpc.StatusCode.OK
        try:
            return await work()
        except errors.KamaiError as error:
            code, answer = status.CODES[error.reason], status.of(error)
            extra["reason"] = error.reason
            extra |= {"cause": error.cause} if isinstance(error, Refused | KeysUnavailable) else {}
            if isinstance(error, errors.LimitExceeded):
                logged = await self._limits.slow_down(calls.current().caller)
        except grpc.aio.AbortError:  # chassis.rpc.body has answered
            code = grpc.StatusCode.DEADLINE_EXCEEDED
            raise
        except TimeoutError:
            late = errors.DeadlineExceeded(_TIME_IS_UP)
            code, answer = status.CODES[late.reason], status.of(late)
        except NotImplementedError:  # of the generated base class: in the contract, not in this version
            unsupported = errors.Unsupported("this version does not offer the method")
            code, answer = status.CODES[unsupported.reason], status.of(unsupported)
        except asyncio.CancelledError:
            code = grpc.StatusCode.CANCELLED
            raise
        except Exception as error:
            code = grpc.StatusCode.INTERNAL
            answer, incident = status.of_fault()
            extra |= {"incident_id": incident, **fault(error)}
        finally:
            self._log(code, time.perf_counter() - started, extra, logged=logged)
        return await context.abort_with_status(rpc_status.to_status(answer))

    def _log(self, code: grpc.StatusCode, seconds: float, extra: dict[str, Any], *, logged: bool) -> None:
        """The metric counts all; refusals that come faster than a tenant gets them in turn fill no log."""
        metrics.CALLS.labels(self._method, code.name).observe(seconds)
        if not logged:
            return
        try:
            caller = calls.current().caller
            extra |= {"caller": caller.subject, "organisation_id": caller.organisation_id}
        except LookupError:
            pass  # not authenticated
        write = logger().error if code is grpc.StatusCode.INTERNAL else logger().info
        write("call", method=self._method, code=code.name, duration_ms=round(seconds * 1000, 2), **extra)
