"""A writer, three relays and two consumers under random kills, stops and restarts of everything they stand on."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from devstack.kafka import Kafka
from devstack.part import Part
from devstack.postgres import Postgres
from devstack.process import Process
from support.probe import workers

WORKERS = {"relay": 3, "consumer": 2}
# How often each fault comes, of 100.
WEIGHTS = {"kill relay": 46, "stop relay": 24, "kill consumer": 8, "stop consumer": 12, "kill postgres": 6, "kill kafka": 4}


@dataclass
class Chaos:
    """Everything under fire. `settings` go to the workers; `counts` says what was done to them."""

    postgres: Postgres
    kafka: Kafka
    folder: Path
    settings: dict[str, Any]
    chance: random.Random
    counts: Counter[str] = field(default_factory=Counter)
    processes: dict[str, Process] = field(default_factory=dict)
    _stopped: set[asyncio.Task[None]] = field(default_factory=set)
    _restarts: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    @property
    def kills(self) -> int:
        return sum(count for fault, count in self.counts.items() if fault.startswith("kill"))

    def start(self) -> None:
        self._start("writer")
        for kind, count in WORKERS.items():
            for number in range(count):
                self._start(f"{kind} {number}")

    def _start(self, name: str) -> None:
        self.processes[name] = workers.start(name.split()[0], self.folder / f"{name}.log", **self.settings)

    async def rage(self, goes_on: Callable[[], bool]) -> None:
        """Faults one after the other until `goes_on` says no; afterwards all runs again."""
        while goes_on():
            how, what = self.chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0].split()
            if what in ("postgres", "kafka"):
                self._restart(what)
            elif how == "kill":
                await self._kill(f"{what} {self.chance.randrange(WORKERS[what])}")
            else:
                await self._stop(f"{what} {self.chance.randrange(WORKERS[what])}")
            await asyncio.sleep(self.chance.uniform(0.05, 0.5))  # the work goes on between two faults
        await asyncio.gather(*self._restarts.values())
        for task in self._stopped:
            task.cancel()
        for name in self.processes:
            self._continue(name)

    async def _kill(self, name: str) -> None:
        self.counts[f"kill {name.split()[0]}"] += 1
        await asyncio.to_thread(self.processes[name].kill)
        self._start(name)

    async def _stop(self, name: str) -> None:
        """SIGSTOP for a while, long enough at times for its locks and its place in the group to be gone."""
        self.counts[f"stop {name.split()[0]}"] += 1
        seconds = self.chance.choice((0.3, 1.0, 3.0, 12.0))
        with suppress(ProcessLookupError):
            os.kill(self.processes[name].pid, signal.SIGSTOP)
        task = asyncio.create_task(self._continue_after(name, seconds))
        self._stopped.add(task)
        task.add_done_callback(self._stopped.discard)

    async def _continue_after(self, name: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._continue(name)

    def _continue(self, name: str) -> None:
        if self.processes[name].exit_code is None:
            with suppress(ProcessLookupError):
                os.kill(self.processes[name].pid, signal.SIGCONT)

    def _restart(self, name: str) -> None:
        """SIGKILL and a new start, beside the other faults; not while one of the same part is under way."""
        if name not in self._restarts or self._restarts[name].done():
            self.counts[f"kill {name}"] += 1
            part: Part = self.postgres if name == "postgres" else self.kafka
            self._restarts[name] = asyncio.create_task(asyncio.to_thread(_kill_and_restart, part))

    def dead(self) -> list[str]:
        """Who ended by itself: whatever becomes of the database and the broker, everybody waits and goes on."""
        return [name for name, process in self.processes.items() if process.exit_code is not None]

    async def end_writer(self) -> None:
        """No further steps; a commit under way may or may not take place, which the table of things knows."""
        await asyncio.to_thread(self.processes.pop("writer").kill)

    async def end(self) -> None:
        for task in self._stopped:
            task.cancel()
        await asyncio.gather(*self._restarts.values(), return_exceptions=True)
        for process in self.processes.values():
            await asyncio.to_thread(process.kill)


def _kill_and_restart(part: Part) -> None:
    part.kill()
    part.restart()
