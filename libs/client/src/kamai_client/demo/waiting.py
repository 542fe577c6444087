"""Waiting for what happens behind the API: it is asked again until it is so."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from kamai_client.errors import KamaiClientError

T = TypeVar("T")
LONGEST_S = 60.0
EVENTS_UNDER_WAY = frozenset({"PRECONDITION_FAILED"})
"""How a service refuses what another service's event will allow in a moment."""
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.03, 0.3


class DemoError(Exception):
    """The demo cannot go on; the text says why."""


class Follows(DemoError):
    """A row cannot be done because another one was not; `cause` is the place of that one."""

    def __init__(self, message: str, cause: str) -> None:
        super().__init__(f"{message} ({cause})")
        self.cause = cause


class WaitedInVain(DemoError):
    """Something did not happen in time; the services' logs may say why."""


async def until(what: str, ask: Callable[[], Awaitable[T]], is_so: Callable[[T], bool], longest_s: float = LONGEST_S) -> T:
    """The first answer of `ask` for which `is_so` holds; raises WaitedInVain after `longest_s`."""
    ends_at, pause_s = time.monotonic() + longest_s, _FIRST_PAUSE_S
    while True:
        found = await ask()
        if is_so(found):
            return found
        if time.monotonic() > ends_at:
            raise WaitedInVain(f"waited {longest_s:.0f} s in vain for {what}")
        await asyncio.sleep(pause_s)
        pause_s = min(_LONGEST_PAUSE_S, pause_s * 1.5)


async def accepted(what: str, call: Callable[[], Awaitable[T]], waits_for: frozenset[str]) -> T:
    """Repeats a call while another service's events have not arrived: refusals with one of `waits_for` as reason."""
    refusal: list[KamaiClientError] = []

    async def ask() -> T | None:
        try:
            return await call()
        except KamaiClientError as error:
            if error.reason not in waits_for:
                raise
            refusal[:] = [error]
            return None

    try:
        found = await until(what, ask, lambda answer: answer is not None)
    except WaitedInVain:
        if refusal:
            raise refusal[0] from None
        raise
    assert found is not None
    return found
