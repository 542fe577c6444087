"""Work by the clock: one replica at a time runs a schedule, guarded by an advisory lock."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import asyncpg

from chassis import metrics
from chassis.db.locks import exclusive
from chassis.db.pool import connect
from chassis.logging import fault, logger
from chassis.secret_files import Secret

# A stopped or cut-off holder loses the lock when the server ends its idle session.
_SESSION_S, _BEAT_S = 10, 2.0
_RETRY_S = 60.0


@dataclass(frozen=True, slots=True)
class Schedule:
    """`run` every `every_s` seconds, counted from the end of the run before; after one that failed within a minute. It returns
    whether there is more to do at once."""

    name: str
    every_s: float
    run: Callable[[], Coroutine[Any, Any, bool]]


class ScheduleRunner:
    """Runs one schedule until stopped."""

    def __init__(self, url: Secret, service: str, schedule: Schedule) -> None:
        self._url, self._lock_name, self._schedule = (
            url,
            f"kamai.schedule.{service}.{schedule.name}",
            schedule,
        )
        self._stopping = asyncio.Event()
        self._connection: asyncpg.Connection[Any] | None = None

    async def stop(self) -> None:
        self._stopping.set()

    async def run(self) -> None:
        while not self._stopping.is_set():
            again, pause_s = False, self._schedule.every_s
            try:
                again = await self._run_alone()
            except Exception as error:  # the next run may pass; a dead schedule would go unnoticed
                first = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
                pause_s = min(pause_s, _RETRY_S)
                metrics.SCHEDULE_FAILURES.labels(self._schedule.name).inc()
                logger().warning("schedule failed", schedule=self._schedule.name, **fault(first))
            if not again:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), pause_s)
        await self._disconnect()

    async def _run_alone(self) -> bool:
        """One run under the lock; False when another replica holds it. A run whose lock may be lost is cancelled."""
        if self._connection is None or self._connection.is_closed():
            self._connection = await connect(self._url, f"schedule-{self._schedule.name}")
        connection = self._connection
        async with exclusive(connection, self._lock_name) as ours:
            if not ours:
                return False
            await connection.execute(f"SET idle_session_timeout = '{_SESSION_S}s'")
            try:
                async with asyncio.TaskGroup() as group:
                    beat = group.create_task(self._beat(connection))
                    work = group.create_task(self._schedule.run())
                    work.add_done_callback(lambda _: beat.cancel())
                return work.result()
            finally:
                if not connection.is_closed():
                    await connection.execute("RESET idle_session_timeout")

    async def _beat(self, connection: asyncpg.Connection[Any]) -> None:
        """Keeps the lock's session from counting as idle; its failure ends the run."""
        while True:
            await asyncio.sleep(_BEAT_S)
            await connection.execute("SELECT", timeout=5)

    async def _disconnect(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(Exception):
                await self._connection.close(timeout=2)
