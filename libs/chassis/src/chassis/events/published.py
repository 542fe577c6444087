"""What was published lately: a look behind it walks over few dead index entries, even while the watermark cannot move.

A slow writer, of any service of the server, holds the watermark back; each entry published meanwhile then costs a look 0.35 us.
A late commit may be below what was published: in its first quarter second every look finds it, later the look of its turn does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

_AGE_S, _TURNS = 0.25, 16


class Published:
    """Highest ids published, by shard. Void after a lost connection, as the watermark is."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._now: dict[int, int] = {}
        self._last: dict[int, int] = {}
        self._lately: dict[int, int] = {}  # as of 0.25 to 0.5 s ago
        self._noted_at, self._turn = 0.0, 0

    def keep(self, owned: Collection[int]) -> None:
        """Forgets the shards that are no longer ours."""
        self._now = {shard: highest for shard, highest in self._now.items() if shard in owned}

    def note(self, shard: int, highest: int) -> None:
        self._now[shard] = max(highest, self._now.get(shard, 0))

    def ahead_of(self, floors: Mapping[int, int]) -> bool:
        """Whether a late commit may lie between the watermark and what was published: turns have to come soon."""
        return any(highest > floors.get(shard, 0) for shard, highest in self._now.items())

    def starts(self, shards: Sequence[int], floors: Sequence[int], now: float) -> tuple[Sequence[int], list[int]]:
        """Where a look starts in each of `shards`: at its floor when it has its turn, else behind what was published lately."""
        if now - self._noted_at >= _AGE_S:
            self._noted_at, self._lately, self._last = now, self._last, dict(self._now)
        self._turn = (self._turn + 1) % _TURNS
        return shards, [
            floor if shard % _TURNS == self._turn else max(floor, self._lately.get(shard, 0))
            for shard, floor in zip(shards, floors, strict=True)
        ]
