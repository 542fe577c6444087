"""A service inside the test's own process: real gRPC, real Postgres, and real Kafka where its workers run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from chassis.service import Assembly, ServiceDefinition, assembled, create_topics
from chassis.vault.providers import new_file_key

from support.databases import TestDatabase

# Tests call as fast as they can; those of the limits set their own.
NO_LIMITS = {
    "limit_reads_per_s": 1e6, "limit_reads_burst": 1e6, "limit_writes_per_s": 1e6, "limit_writes_burst": 1e6,
    "limit_heavy_per_s": 1e6, "limit_heavy_burst": 1e6, "limit_calls_at_once": 10_000,
    "limit_refusals_per_s": 1e6, "max_concurrent_calls": 200_000,
}  # fmt: skip


def root_keys(beside: Path) -> Path:
    """The folder of the root keys in the same folder as `beside`; made at its first use."""
    folder = beside.with_name("root-keys")
    if not folder.exists():
        folder.mkdir(mode=0o700)
        new_file_key(folder)
    return folder


def environment(database: TestDatabase, jwks: Path, bootstrap: str = "127.0.0.1:1", **more: str) -> dict[str, Any]:
    """Settings every service needs, by the names of chassis.settings; `more` adds the service's own."""
    return {
        "env": "development", "database_url": database.app_url, "kafka_bootstrap": bootstrap, "token_keys": jwks,
        "vault_directory": root_keys(jwks),
        "database_pool_size": 24, "topic_partitions": 3, "log_level": "WARNING",
        **NO_LIMITS, **more,
    }  # fmt: skip


@dataclass(frozen=True)
class Served:
    """A running service."""

    address: str
    channel: Any  # grpc.aio.Channel, whose types know no bytes
    assembly: Assembly[Any]


@asynccontextmanager
async def serving(definition: ServiceDefinition[Any], settings: Any, mode: str = "serve") -> AsyncIterator[Served]:
    """Runs `definition` with mode "serve" (gRPC only) or "all" (also relay, consumers and schedules; topics are created)."""
    if mode == "all":
        await create_topics(definition, settings)
    async with assembled(definition, settings, mode) as assembly:
        assert assembly.server is not None
        address = await assembly.server.start()
        await assembly.server.serving()
        tasks = [asyncio.create_task(part.run(), name=part.name) for part in assembly.running]
        try:
            async with grpc.aio.insecure_channel(address) as channel:
                yield Served(address, channel, assembly)
        finally:
            await assembly.server.stop()
            for part in assembly.running:
                if part.stop:
                    await part.stop()
            if ending := [task for part, task in zip(assembly.running, tasks, strict=True) if part.stop]:
                await asyncio.wait(ending, timeout=8)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
