"""The lists in memory and the thread that compares names: one per process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from onboarding.app.ports import NameMatcher, Watchlists
from onboarding.domain.screening import Screening, Subject
from onboarding.domain.watchlist import ListVersion

T = TypeVar("T")


def lists_key(versions: Sequence[ListVersion]) -> str:
    """One text for a set of list versions: equal exactly when the same versions were looked at."""
    return ",".join(sorted(f"{v.list_id}@{v.version}" for v in versions))


class ScreeningDesk:
    """Comparing is work for a processor: it runs in a thread of its own, so that calls go on meanwhile."""

    def __init__(self, matcher: NameMatcher) -> None:
        self._matcher = matcher
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="screening")
        self._loading = asyncio.Lock()

    async def refresh(self, watchlists: Watchlists) -> str:
        """Loads the lists whose current version is not in memory; returns the key of what is. Cheap when nothing changed."""
        async with self._loading:
            loaded = {(v.list_id, v.version) for v in self._matcher.versions}
            for version_id, version in (await watchlists.current()).items():
                if (version.list_id, version.version) not in loaded:
                    entries = await watchlists.entries(version_id)
                    await self._run(partial(self._matcher.replace_list, version, entries))
            return lists_key(self._matcher.versions)

    @property
    def versions(self) -> tuple[ListVersion, ...]:
        """What is in memory."""
        return self._matcher.versions

    async def screen(self, subjects: Sequence[Subject]) -> list[Screening | None]:
        """What the lists say of each, in their order; None where the comparison broke: one name must not hold up all others."""
        return await self._run(lambda: [self._one(subject) for subject in subjects])

    def _one(self, subject: Subject) -> Screening | None:
        try:
            return self._matcher.screen(subject)
        except Exception:
            return None

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)
