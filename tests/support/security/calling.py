"""One call of any method, and what came back."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
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

Metadata = Sequence[tuple[str, str]]


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
        self.made: dict[str, Counter[tuple[str, str]]] = {name: Counter() for name in addresses}
        """Calls by service; by method and gRPC code."""

    async def close(self) -> None:
        for channel in self._channels.values():
            await channel.close()

    async def call(
        self, method: Method, request: Message, token: str, more: Metadata = (), first: Message | None = None
    ) -> Answer:
        """`token` "" sends none; `first` comes before the request in the stream of a method that takes one."""
        metadata = (*more, *((("authorization", f"Bearer {token}"),) if token else ()))
        async with self._turns:
            try:
                answer = Answer(None, await self._replies(method, request.SerializeToString(), metadata, first))
            except grpc.aio.AioRpcError as error:
                answer = Answer(from_rpc(error))
        self.made[method.server][method.path, answer.code] += 1
        return answer

    async def call_unknown(self, server: str, path: str, token: str) -> Answer:
        """A method that is not there."""
        try:
            await self._channels[server].unary_unary(path)(
                b"", metadata=(("authorization", f"Bearer {token}"),), timeout=_LONGEST_S
            )
            answer = Answer(None)
        except grpc.aio.AioRpcError as error:
            answer = Answer(from_rpc(error))
        self.made[server]["unknown", answer.code] += 1
        return answer

    async def _replies(self, method: Method, raw: bytes, metadata: Any, first: Message | None) -> tuple[Message, ...]:
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
            stream = _stream(*([first.SerializeToString()] if first else []), raw)
            return (method.reply(await channel.stream_unary(method.path)(stream, **given)),)
        return (method.reply(await channel.unary_unary(method.path)(raw, **given)),)


async def _stream(*messages: bytes) -> AsyncIterator[bytes]:
    for each in messages:
        yield each
