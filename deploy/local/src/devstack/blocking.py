"""Lets synchronous code use the asyncio clients, whether or not an event loop runs in the calling thread."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, run to its end in a loop of its own."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="devstack-client") as thread:
        return thread.submit(asyncio.run, work).result()
