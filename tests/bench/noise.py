"""Somebody who calls as fast as the answers come, 64 at once: `python -m bench.noise ADDRESS TOKEN`, until it is ended."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from typing import Any
from uuid import uuid4

import grpc
import uvloop
from support.probe.servicer import Request, method

AT_ONCE = 64


async def make(address: str, token: str) -> None:
    async with grpc.aio.insecure_channel(address) as channel:
        step: Any = channel.unary_unary(method("Step"))

        async def caller(number: int) -> None:
            while True:
                asked = Request(request_id=str(uuid4()), id=number, reason="as often as I can").SerializeToString()
                with suppress(grpc.aio.AioRpcError):
                    await step(asked, metadata=(("authorization", f"Bearer {token}"),), timeout=30)

        await asyncio.gather(*(caller(number) for number in range(1, AT_ONCE + 1)))


if __name__ == "__main__":
    uvloop.run(make(sys.argv[1], sys.argv[2]))
