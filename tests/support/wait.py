"""Waiting on conditions instead of sleeping."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


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
