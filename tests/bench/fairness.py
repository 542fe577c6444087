"""What one tenant's flood does to another's calls: its p99 with the flood, to the same without, with the limits as they are by
default."""

from __future__ import annotations

import asyncio
import gc
import statistics
import time
from typing import Any
from uuid import uuid4

import grpc
from support.probe.servicer import Request, method

from bench.figures import Figure
from bench.parts import Parts

QUIET, NOISY = "org_01h455vb4pex5vsknk084sn02q", "org_01h455vb4pex5vsknk084sn02r"
PER_S, SECONDS, WARM_S, ROUNDS, BAR = 25, 6.0, 3.0, 6, 2.0


async def times_ms(address: str, metadata: Any) -> list[float]:
    """What calls take that come at a steady pace, whatever the answers take."""
    took: list[float] = []
    async with grpc.aio.insecure_channel(address) as channel:
        step: Any = channel.unary_unary(method("Step"))

        async def one(number: int, at: float) -> None:
            await asyncio.sleep(max(0.0, at - time.monotonic()))
            asked = Request(request_id=str(uuid4()), id=1_000 + number, reason="as planned").SerializeToString()
            began = time.monotonic()
            await step(asked, metadata=metadata, timeout=30)
            took.append((time.monotonic() - began) * 1000)

        began = time.monotonic() + 0.5
        await asyncio.gather(*(one(number, began + number / PER_S) for number in range(int(PER_S * SECONDS))))
    return took


def p99(took: list[float]) -> float:
    return statistics.quantiles(took, n=100)[98]


async def run(parts: Parts) -> list[Figure]:
    """Rounds with and without the flood take turns and count together: the p99 of one short round is its second worst call."""
    alone: list[float] = []
    beside: list[float] = []
    async with parts.database() as database, parts.served(database, "fair") as address:
        metadata = parts.tokens.metadata("ada", QUIET)
        await times_ms(address, metadata)
        gc.collect()
        gc.freeze()  # else this process's own collections are measured too
        for _ in range(ROUNDS):
            alone += await times_ms(address, metadata)
            noise = parts.process("bench.noise", address, parts.tokens.token("bob", NOISY))
            try:
                await asyncio.sleep(WARM_S)  # its bucket is empty by then
                beside += await times_ms(address, metadata)
            finally:
                noise.kill()
    value, reference = p99(beside), p99(alone)
    ratio = round(value / reference, 2)
    title = "p99 beside a flooding tenant, to that without"
    return [Figure(title, round(value, 1), "ms", round(reference, 1), ratio, BAR, ratio <= BAR)]
