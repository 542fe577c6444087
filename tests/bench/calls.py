"""Mutating unary calls against a bare grpc.aio + asyncpg server that does the same inserts; servers in processes of their own."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from uuid import uuid4

import grpc
from support.probe.servicer import Request, method
from support.services import NO_LIMITS

from bench.figures import Figure, pairs, ratio_of
from bench.parts import Parts, address_of

SECONDS, AT_ONCE, ROUNDS = 3.0, 32, 9
AS_OFTEN_AS_IT_CAN = {f"KAMAI_{name.upper()}": str(value) for name, value in NO_LIMITS.items()}


async def per_s(address: str, metadata: Any) -> float:
    """Calls per second of 32 callers, each waiting for its answer; the first second does not count."""
    done = [0]
    async with grpc.aio.insecure_channel(address) as channel:
        step: Any = channel.unary_unary(method("Step"))

        async def caller(number: int, ends: float) -> None:
            turn = 0
            while time.monotonic() < ends:
                turn += 1
                asked = Request(request_id=str(uuid4()), id=number * 1_000_000 + turn, reason="as planned").SerializeToString()
                await step(asked, metadata=metadata, timeout=30)
                done[0] += 1

        async def for_s(seconds: float) -> float:
            done[0], started = 0, time.monotonic()
            await asyncio.gather(*(caller(number, started + seconds) for number in range(1, AT_ONCE + 1)))
            return done[0] / (time.monotonic() - started)

        await for_s(1)
        return await for_s(SECONDS)


async def run(parts: Parts) -> list[Figure]:
    metadata = parts.tokens.metadata("ada", "org_01h455vb4pex5vsknk084sn02q")
    async with parts.database() as ours, parts.database() as theirs, parts.served(ours, "ready", **AS_OFTEN_AS_IT_CAN) as address:
        bare_ready = parts.folder / "bare.json"
        bare = parts.process("bench.bare_server", theirs.app_url, str(bare_ready))
        try:
            bare_address = await address_of(bare, bare_ready)
            rate, reference, ratio = await pairs(
                lambda: per_s(address, metadata), lambda: per_s(bare_address, metadata), ROUNDS
            )  # fmt: skip
        finally:
            bare.kill()
    return [ratio_of("mutating unary calls, all guards on", rate, "calls/s", reference, ratio, 0.6)]
