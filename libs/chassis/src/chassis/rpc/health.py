"""Calls without a token: the health check, and in development reflection. They tell nothing of anybody, and nobody holds many of
them: what an address has not ended counts, as long as the answer has not been taken."""

from __future__ import annotations

from collections import Counter
from typing import Any

import grpc
from google.protobuf.message import DecodeError
from grpc_health.v1 import health_pb2

from chassis.errors import MalformedMessage
from chassis.rpc import body
from chassis.settings import ServiceSettings

_HEALTH = "/grpc.health.v1.Health/"
_REFLECTION = "/grpc.reflection."  # served in development only
_AT_ONCE = 20
_SHARE = 4  # of all calls, for all addresses together


class OpenCalls:
    """What stands in for gRPC's handlers of these methods."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._wait_s, self._most = settings.max_message_wait_s, max(1, settings.max_concurrent_calls // _SHARE)
        self._under_way: Counter[str] = Counter()

    @staticmethod
    def knows(method: str) -> bool:
        """Whether `method` is one that needs no token."""
        return method.startswith((_HEALTH, _REFLECTION))

    def handler(self, method: str, handler: Any) -> Any:
        """Of a call of `method`; `handler` is gRPC's."""
        if handler is None or method.startswith(_REFLECTION):
            return handler
        if handler.response_streaming:
            return grpc.stream_unary_rpc_method_handler(self._watch)
        return grpc.stream_unary_rpc_method_handler(self._checked(handler), None, handler.response_serializer)

    @staticmethod
    async def _watch(_: Any, context: Any) -> None:
        """A stream without end that anybody may begin; by this answer clients know that they cannot watch, and stop trying."""
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, "this server does not offer Watch: call Check")

    def _checked(self, handler: Any) -> Any:
        async def check(_: Any, context: Any) -> Any:
            address = context.peer().rpartition(":")[0]
            if self._under_way[address] >= _AT_ONCE or self._under_way.total() >= self._most:
                await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "too many health checks at once: wait for their answers")
            self._under_way[address] += 1
            context.add_done_callback(lambda _: self._leave(address))
            try:
                request = health_pb2.HealthCheckRequest.FromString(await body.message(context, self._wait_s))
            except (DecodeError, MalformedMessage):
                await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "this is no HealthCheckRequest")
            return await handler.unary_unary(request, context)

        return check

    def _leave(self, address: str) -> None:
        self._under_way[address] -= 1
        if not self._under_way[address]:
            del self._under_way[address]
