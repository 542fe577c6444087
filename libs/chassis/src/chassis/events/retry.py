"""When a failed event is tried again."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Exponential from `first_s` to `longest_s`, `tries` in all (the first included). A gap is alarmed after `gap_alarm_s`."""

    tries: int = 5
    first_s: float = 0.1
    longest_s: float = 10.0
    gap_alarm_s: float = 300.0

    def pause_s(self, failures: int) -> float:
        """Pause before the next try after `failures` failed ones."""
        return float(min(self.longest_s, self.first_s * 4 ** max(0, failures - 1)))

    def exhausted(self, failures: int) -> bool:
        return failures >= self.tries
