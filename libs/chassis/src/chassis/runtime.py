"""Start, signals, ordered drain. A process ends within the watchdog's time, whatever hangs."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from chassis.logging import fault, logger

_STOP_S = 3.0


@dataclass(frozen=True, slots=True)
class Part:
    """Something that runs until it is stopped. `stop` lets it finish what it holds; `run` returns after that.

    Parts of a lower stage are stopped first: consumers and schedules before the relay that publishes what they wrote.
    """

    name: str
    run: Callable[[], Coroutine[Any, Any, None]]
    stop: Callable[[], Awaitable[None]] | None = None
    stage: int = 0


class PartDied(Exception):
    """A part ended although nobody stopped it: the process must not go on looking healthy."""


def _watchdog(seconds: float) -> None:
    timer = threading.Timer(seconds, lambda: os._exit(70))
    timer.daemon = True
    timer.start()


async def run(
    parts: Sequence[Part],
    *,
    ready: Callable[[], Awaitable[None]],
    draining: Callable[[], Awaitable[None]],
    watchdog_s: float,
) -> None:
    """Runs all parts until SIGTERM or SIGINT, or until one ends by itself (raises PartDied).

    `ready` is called once everything was started, `draining` before the parts are stopped (the server stops taking calls).
    """
    loop = asyncio.get_running_loop()
    asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    tasks = {part.name: asyncio.create_task(_named(part), name=part.name) for part in parts}
    stopper = asyncio.create_task(asked.wait())
    try:
        await ready()
        done, _ = await asyncio.wait([stopper, *tasks.values()], return_when=asyncio.FIRST_COMPLETED)
        died = [task.get_name() for task in done if task is not stopper]
    finally:
        stopper.cancel()
        _watchdog(watchdog_s)
        await _drain(parts, tasks, draining)
    if died:
        raise PartDied(", ".join(died))


async def _named(part: Part) -> None:
    try:
        await part.run()
    except Exception as error:
        logger().error("part failed", part=part.name, **fault(error))
        raise


async def _drain(parts: Sequence[Part], tasks: dict[str, asyncio.Task[None]], draining: Callable[[], Awaitable[None]]) -> None:
    logger().info("draining")
    with contextlib.suppress(Exception):
        await draining()
    for stage in sorted({part.stage for part in parts}):
        await _stop_stage([part for part in parts if part.stage == stage], tasks)
    await asyncio.gather(*tasks.values(), return_exceptions=True)
    logger().info("drained")


async def _stop_stage(parts: Sequence[Part], tasks: dict[str, asyncio.Task[None]]) -> None:
    """Stops parts together; what has not ended in time is cancelled."""
    asked = [part for part in parts if part.stop is not None and not tasks[part.name].done()]
    await asyncio.gather(*(part.stop() for part in asked if part.stop), return_exceptions=True)
    if asked:
        await asyncio.wait([tasks[part.name] for part in asked], timeout=_STOP_S)
    for part in parts:
        tasks[part.name].cancel()
