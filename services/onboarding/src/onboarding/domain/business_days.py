"""The review clock."""

from __future__ import annotations

from datetime import datetime, timedelta

_SATURDAY = 5


def add_business_days(start: datetime, days: int) -> datetime:
    """The same time of day, that many days later, Saturdays and Sundays not counted. Public holidays differ by office and are not
    known here: the clock then is early, never late."""
    moment = start
    while days > 0 or moment.weekday() >= _SATURDAY:
        moment += timedelta(days=1)
        if moment.weekday() < _SATURDAY:
            days -= 1
    return moment
