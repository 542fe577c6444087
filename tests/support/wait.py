"""Waiting on conditions instead of sleeping."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Ends(Protocol):
    @property
    def exit_code(self) -> int | None: ...


async def until(condition: Callable[[], Awaitable[T]], timeout_s: float = 15.0, every_s: float = 0.02) -> T:
    """The first truthy value of `condition`; AssertionError with its last value when the time is up."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = await condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout_s} s; the last value was {value!r}")
        await asyncio.sleep(every_s)


async def ended(process: Ends, timeout_s: float = 60.0) -> int:
    """The exit code of a process, once it has one."""

    async def over() -> bool:
        return process.exit_code is not None

    await until(over, timeout_s)
    assert process.exit_code is not None
    return process.exit_code
