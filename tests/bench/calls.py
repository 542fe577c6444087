"""Mutating unary calls against a bare grpc.aio + asyncpg server that does the same inserts; servers in processes of their own."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from uuid import uuid4

import grpc
from support.probe.servicer import Request, method
from support.services import NO_LIMITS, root_keys
from support.wait import until

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
    async with parts.database() as ours, parts.database() as theirs:
        ready, bare_ready = parts.folder / "ready.json", parts.folder / "bare.json"
        server = parts.process(
            "support.probe", "serve", KAMAI_DATABASE_URL=ours.app_url, KAMAI_TOKEN_KEYS=str(parts.tokens.jwks),
                KAMAI_VAULT_DIRECTORY=str(root_keys(parts.tokens.jwks)),
            KAMAI_READY_FILE=str(ready), KAMAI_DATABASE_POOL_SIZE="16", KAMAI_ENV="development", **AS_OFTEN_AS_IT_CAN,
        )  # fmt: skip
        bare = parts.process("bench.bare_server", theirs.app_url, str(bare_ready))
        try:
            addresses = await address_of(server, ready), await address_of(bare, bare_ready)
            metadata = parts.tokens.metadata("ada", "org_01h455vb4pex5vsknk084sn02q")
            rate, reference, ratio = await pairs(
                lambda: per_s(addresses[0], metadata), lambda: per_s(addresses[1], metadata), ROUNDS
            )
        finally:
            server.stop()
            bare.kill()
            await until(lambda: _ended(server))
    return [ratio_of("mutating unary calls, all guards on", rate, "calls/s", reference, ratio, 0.6)]


async def _ended(process: Any) -> bool:
    return process.exit_code is not None
