"""What a bench reports."""

from __future__ import annotations

import statistics
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One line of the table. `reference` is measured in the same run; `bar` is what must be reached, in `unit`, or as the ratio
    for figures that are a ratio. `holds` is None where there is no bar."""

    name: str
    value: float
    unit: str
    reference: float | None = None
    ratio: float | None = None
    bar: float | None = None
    holds: bool | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def at_least(name: str, value: float, unit: str, bar: float, reference: float | None = None) -> Figure:
    ratio = round(value / reference, 3) if reference else None
    return Figure(name, round(value, 1), unit, reference and round(reference, 1), ratio, bar, value >= bar)


def at_most(name: str, value: float, unit: str, bar: float) -> Figure:
    return Figure(name, round(value, 2), unit, bar=bar, holds=value <= bar)


def ratio_of(name: str, value: float, unit: str, reference: float, ratio: float, bar: float) -> Figure:
    return Figure(name, round(value, 1), unit, round(reference, 1), round(ratio, 3), bar, ratio >= bar)


async def pairs(
    ours: Callable[[], Awaitable[float]], reference: Callable[[], Awaitable[float]], rounds: int = 3
) -> tuple[float, float, float]:
    """Medians of both, and of the ratios of pairs measured one right after the other: other work on the machine hits both."""
    found = []
    for number in range(rounds):
        if number % 2:
            second, first = await reference(), await ours()
        else:
            first, second = await ours(), await reference()
        found.append((first, second))
    middle = statistics.median
    return middle(a for a, _ in found), middle(b for _, b in found), middle(a / b for a, b in found)
