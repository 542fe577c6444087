"""Wakes relays after a commit. Never inside the business transaction: NOTIFY takes a database-wide lock at commit."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import asyncpg

from chassis.db.pool import FAULTS, connect
from chassis.logging import fault, logger
from chassis.secret_files import Secret

_PAUSE_S = 0.005


def channel(schema: str) -> str:
    return f"kamai_outbox_{schema}"


class Doorbell:
    """Rings at most every 5 ms, from a connection of its own. A lost ring costs one poll of the relay, nothing else."""

    def __init__(self, url: Secret, schema: str) -> None:
        self._url = url
        self._statement = f"NOTIFY {channel(schema)}"
        self._pressed = asyncio.Event()

    def ring(self) -> None:
        self._pressed.set()

    async def run(self) -> None:
        connection: asyncpg.Connection[Any] | None = None
        try:
            while True:
                await self._pressed.wait()
                self._pressed.clear()
                try:
                    if connection is None or connection.is_closed():
                        # NOTIFY takes a transaction id, so its commit would wait for the disk; a lost ring is allowed
                        connection = await connect(self._url, "doorbell", synchronous_commit="off")
                    await connection.execute(self._statement)
                except FAULTS as error:
                    logger().warning("doorbell failed", **fault(error))
                    await asyncio.sleep(1)
                await asyncio.sleep(_PAUSE_S)
        finally:
            if connection is not None:
                with contextlib.suppress(Exception):
                    await connection.close(timeout=2)
