"""One call of any method, and what came back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.message import Message
from kamai_client.errors import KamaiClientError, from_rpc

from support.security.filling import rows
from support.security.methods import Method

_LONGEST_S = 30.0
_AT_ONCE = 24
_ENOUGH = 5  # messages of a stream


@dataclass(frozen=True)
class Answer:
    """`error` is None where the call was served; `replies` are its messages, of a stream the first few."""

    error: KamaiClientError | None
    replies: tuple[Message, ...] = ()

    @property
    def code(self) -> str:
        return self.error.code.name if self.error else "OK"

    @property
    def reason(self) -> str:
        return self.error.reason if self.error else ""

    @property
    def rows(self) -> int:
        return sum(rows(reply) for reply in self.replies)

    def __str__(self) -> str:
        if self.error:
            return f"{self.code}/{self.error}"
        return f"OK with {self.rows} rows in {len(self.replies)} messages"


class Servers:
    """Channels to the services, with a bound on the calls at once."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        options = [("grpc.enable_http_proxy", 0)]
        self._channels: dict[str, Any] = {
            name: grpc.aio.insecure_channel(address, options=options) for name, address in addresses.items()
        }
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def close(self) -> None:
        for channel in self._channels.values():
            await channel.close()

    async def call(self, method: Method, request: Message, token: str) -> Answer:
        """`token` "" sends none."""
        metadata = (("authorization", f"Bearer {token}"),) if token else ()
        async with self._turns:
            try:
                return Answer(None, await self._replies(method, request.SerializeToString(), metadata))
            except grpc.aio.AioRpcError as error:
                return Answer(from_rpc(error))

    async def _replies(self, method: Method, raw: bytes, metadata: Any) -> tuple[Message, ...]:
        channel, given = self._channels[method.server], {"metadata": metadata, "timeout": _LONGEST_S}
        if method.descriptor.server_streaming:
            call = channel.unary_stream(method.path)(raw, **given)
            found = []
            async for reply in call:
                found.append(method.reply(reply))
                if len(found) == _ENOUGH or method.name.startswith("Watch"):  # which ends with what it watches
                    call.cancel()
                    break
            return tuple(found)
        if method.descriptor.client_streaming:
            return (method.reply(await channel.stream_unary(method.path)(_once(raw), **given)),)
        return (method.reply(await channel.unary_unary(method.path)(raw, **given)),)


async def _once(raw: bytes) -> AsyncIterator[bytes]:
    yield raw
