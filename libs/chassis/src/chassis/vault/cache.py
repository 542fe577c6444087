"""Opened data keys in memory, bounded in number and age."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from uuid import UUID

from chassis.vault.keys import DataKey, Subject

# A destroyed key is forgotten by every process after this.
OLDEST_S = 60.0


class KeyCache:
    """The least used keys make room. A key's age counts from before the statement that read it began."""

    def __init__(self, size: int, age_s: float = OLDEST_S, now: Callable[[], float] = time.monotonic) -> None:
        if not (size > 0 and 0 < age_s <= OLDEST_S):
            raise ValueError(f"a cache of keys has a size, and an age of at most {OLDEST_S:.0f} s")
        self.now = now
        self._size, self._age_s = size, age_s
        self._entries: OrderedDict[UUID, tuple[float, DataKey]] = OrderedDict()
        self._ids: dict[Subject, UUID] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def by_id(self, key_id: UUID) -> DataKey | None:
        entry = self._entries.get(key_id)
        if entry is None:
            return None
        read_at, key = entry
        if self.now() - read_at >= self._age_s:
            self._remove(key)
            return None
        self._entries.move_to_end(key_id)
        return key

    def of_subject(self, subject: Subject) -> DataKey | None:
        key_id = self._ids.get(subject)
        return None if key_id is None else self.by_id(key_id)

    def put(self, key: DataKey, read_at: float) -> None:
        self.forget(key.subject)
        self._entries[key.id] = (read_at, key)
        self._ids[key.subject] = key.id
        while len(self._entries) > self._size:
            self._remove(next(iter(self._entries.values()))[1])

    def forget(self, subject: Subject) -> None:
        if key_id := self._ids.get(subject):
            self._remove(self._entries[key_id][1])

    def _remove(self, key: DataKey) -> None:
        del self._entries[key.id], self._ids[key.subject]
