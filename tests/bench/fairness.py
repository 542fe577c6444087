"""What one tenant's flood does to another's calls: its p99 with the flood, to the same without, with the limits as they are by
default."""

from __future__ import annotations

import asyncio
import statistics
import time
from typing import Any
from uuid import uuid4

import grpc
from support.probe.servicer import Request, method

from bench.figures import Figure
from bench.parts import Parts

QUIET, NOISY = "org_01h455vb4pex5vsknk084sn02q", "org_01h455vb4pex5vsknk084sn02r"
PER_S, SECONDS, WARM_S, ROUNDS, BAR = 25, 8.0, 3.0, 3, 2.0


async def p99_ms(address: str, metadata: Any) -> float:
    """Of calls that come at a steady pace, whatever the answers take."""
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
    return statistics.quantiles(took, n=100)[98]


async def run(parts: Parts) -> list[Figure]:
    found = []
    async with parts.database() as database, parts.served(database, "fair") as address:
        metadata = parts.tokens.metadata("ada", QUIET)
        await p99_ms(address, metadata)
        for _ in range(ROUNDS):
            alone = await p99_ms(address, metadata)
            noise = parts.process("bench.noise", address, parts.tokens.token("bob", NOISY))
            try:
                await asyncio.sleep(WARM_S)  # its bucket is empty by then
                found.append((await p99_ms(address, metadata), alone))
            finally:
                noise.kill()
    value, reference = (statistics.median(column) for column in zip(*found, strict=True))
    ratio = round(statistics.median(noisy / alone for noisy, alone in found), 2)
    title = "p99 beside a flooding tenant, to that without"
    return [Figure(title, round(value, 1), "ms", round(reference, 1), ratio, BAR, ratio <= BAR)]
