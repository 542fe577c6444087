"""Where the keys come from: a file, or an issuer that may be slow, down, or about to rotate."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from chassis.identity.files import Unusable, Watched
from chassis.identity.key_set import KeySet
from chassis.identity.refusals import KeysUnavailable
from chassis.logging import fault, logger

# Whoever calls with a key id of its own invention waits for a fetch: so many hold a call meanwhile, others may come again.
_MOST_WAITING = 100


class KeySource(Protocol):
    """Where keys are looked up; `current` and `having` may raise KeysUnavailable."""

    def current(self) -> KeySet: ...

    async def having(self, kid: str) -> KeySet:
        """The keys after a look whether one of this id has come; it may still be missing."""
        ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


class FileKeys:
    """A JWKS file; read again when it changes."""

    def __init__(self, file: Watched[KeySet]) -> None:
        self._file = file

    def current(self) -> KeySet:
        return self._file.current()

    async def having(self, kid: str) -> KeySet:
        return self._file.current() if self._file.current().of(kid) else self._file.refreshed()

    async def start(self) -> None:
        """Nothing to begin."""

    async def stop(self) -> None:
        """Nothing to end."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: `refresh_s` between fetches that go well, `refetch_s` at least between any two; `max_stale_s` is how long the last
    good set counts while the issuer is down."""

    refresh_s: float
    refetch_s: float
    max_stale_s: float


class IssuerKeys:
    """Keys that `fetch` brings (raises Unusable or OSError), renewed by a task between `start` and `stop`.

    However many calls bring an unknown key id, one fetch serves them all, and the next begins `refetch_s` later: until then an
    unknown id is just unknown.
    """

    def __init__(self, fetch: Callable[[], Awaitable[KeySet]], pace: Pace, now: Callable[[], float] = time.monotonic) -> None:
        self._fetch, self._pace, self._now = fetch, pace, now
        self._keys: KeySet | None = None
        self._fetched_at = self._tried_at = float("-inf")
        self._fetching: asyncio.Task[None] | None = None
        self._renewing: asyncio.Task[None] | None = None
        self._waiting = 0

    def current(self) -> KeySet:
        if self._keys is None or self._now() - self._fetched_at > self._pace.max_stale_s:
            raise KeysUnavailable
        return self._keys

    async def having(self, kid: str) -> KeySet:
        try:
            missing = not self.current().of(kid)
        except KeysUnavailable:
            missing = True
        if missing:
            if self._waiting >= _MOST_WAITING:
                raise KeysUnavailable
            self._waiting += 1
            try:
                await self._fetch_if_due()
            finally:
                self._waiting -= 1
        return self.current()

    async def start(self) -> None:
        """Waits for the first fetch, however it ends: a service may start while its issuer is down."""
        await self._fetch_if_due()
        self._renewing = asyncio.create_task(self._renew(), name="token keys")

    async def stop(self) -> None:
        for task in (self._renewing, self._fetching):
            if task:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    async def _renew(self) -> None:
        while True:
            went_well = self._fetched_at >= self._tried_at
            longest_s = self._pace.refresh_s if went_well else self._pace.refetch_s
            await asyncio.sleep(longest_s * random.uniform(0.9, 1.0))  # noqa: S311 - spreads load, hides nothing
            await self._fetch_if_due()

    async def _fetch_if_due(self) -> None:
        if self._fetching is None and self._now() - self._tried_at >= self._pace.refetch_s:
            self._fetching = asyncio.create_task(self._fetch_once(), name="fetch of token keys")
        if self._fetching:
            await asyncio.shield(self._fetching)

    async def _fetch_once(self) -> None:
        self._tried_at = self._now()
        try:
            self._keys = await self._fetch()
            self._fetched_at = self._now()
        except Unusable as error:
            logger().error("token keys not fetched", component="issuer", reason=str(error), **self._age())
        except Exception as error:  # whatever it is, the keys in use must outlive it
            logger().error("token keys not fetched", component="issuer", **fault(error), **self._age())
        else:
            logger().info("token keys fetched", component="issuer", count=len(self._keys))
        finally:
            self._fetching = None

    def _age(self) -> dict[str, float]:
        return {} if self._keys is None else {"seconds": round(self._now() - self._fetched_at, 1)}
