"""Relays and consumers inside the test's own process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Protocol


class Runs(Protocol):
    """What a relay, a consumer and a schedule have in common."""

    def run(self) -> Coroutine[Any, Any, None]: ...

    def stop(self) -> Awaitable[None]: ...


@asynccontextmanager
async def running(*parts: Runs) -> AsyncIterator[None]:
    """Runs the parts; asks them to stop at the end and cancels what does not within 5 s."""
    tasks = [asyncio.create_task(part.run()) for part in parts]
    try:
        yield
    finally:
        for part in parts:
            await part.stop()
        _, late = await asyncio.wait(tasks, timeout=5)
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
