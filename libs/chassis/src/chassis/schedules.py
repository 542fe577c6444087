"""Work by the clock: one replica at a time runs a schedule, guarded by an advisory lock."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import asyncpg

from chassis import metrics
from chassis.db.locks import exclusive
from chassis.db.pool import connect
from chassis.logging import fault, logger


@dataclass(frozen=True, slots=True)
class Schedule:
    """`run` every `every_s` seconds, counted from the end of the run before. It returns whether there is more to do at once."""

    name: str
    every_s: float
    run: Callable[[], Awaitable[bool]]


class ScheduleRunner:
    """Runs one schedule until stopped. `wake` makes it run now."""

    def __init__(self, url: str, service: str, schedule: Schedule) -> None:
        self._url, self._lock_name, self._schedule = (
            url,
            f"kamai.schedule.{service}.{schedule.name}",
            schedule,
        )
        self._stopping = asyncio.Event()
        self._wake = asyncio.Event()

    def wake(self) -> None:
        self._wake.set()

    async def stop(self) -> None:
        self._stopping.set()
        self._wake.set()

    async def run(self) -> None:
        connection: asyncpg.Connection[Any] | None = None
        while not self._stopping.is_set():
            again = False
            try:
                if connection is None or connection.is_closed():
                    connection = await connect(self._url, f"schedule-{self._schedule.name}")
                async with exclusive(connection, self._lock_name) as ours:
                    if ours:
                        again = await self._schedule.run()
            except Exception as error:  # the next run may pass; a dead schedule would go unnoticed
                metrics.SCHEDULE_FAILURES.labels(self._schedule.name).inc()
                logger().warning("schedule failed", schedule=self._schedule.name, **fault(error))
            if not again:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), self._schedule.every_s)
                self._wake.clear()
        if connection is not None:
            with contextlib.suppress(Exception):
                await connection.close(timeout=2)
