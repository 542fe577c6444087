"""Dates of birth and nationalities beside a name hit: they order and explain, they never remove."""

from collections.abc import Sequence

from onboarding.domain.screening import Agreement, Subject
from onboarding.domain.watchlist import DateRange, ListEntry, NameQuality

_BIRTH_RANK = {
    Agreement.AGREES: 0.15,
    Agreement.CLOSE: 0.05,
    Agreement.UNKNOWN: 0.0,
    Agreement.DIFFERS: -0.15,
}
_NATIONALITY_RANK = {
    Agreement.AGREES: 0.06,
    Agreement.CLOSE: 0.03,
    Agreement.UNKNOWN: 0.0,
    Agreement.DIFFERS: -0.06,
}


def compare_births(mine: DateRange | None, listed: Sequence[DateRange]) -> Agreement:
    """CLOSE: at most two years apart, or day and month swapped (a common transcription slip)."""
    if mine is None or not listed:
        return Agreement.UNKNOWN
    if any(mine.overlaps(other) for other in listed):
        return Agreement.AGREES
    if any(_near(mine, other) or _swapped(mine, other) for other in listed):
        return Agreement.CLOSE
    return Agreement.DIFFERS


def compare_nationalities(subject: Subject, entry: ListEntry) -> Agreement:
    """CLOSE: no common nationality, but the country of residence is one of the entry's countries."""
    listed = {*entry.nationalities, *entry.citizenships}
    mine = set(subject.nationalities)
    if mine & listed:
        return Agreement.AGREES
    if ({subject.country} | mine) & ({*entry.countries} | listed) - {""}:
        return Agreement.CLOSE
    return Agreement.DIFFERS if mine and listed else Agreement.UNKNOWN


def rank_of(name_score: float, birth: Agreement, nationality: Agreement, quality: NameQuality) -> float:
    """Order of the review queue; may exceed 1."""
    weak = 0.03 if quality is NameQuality.WEAK else 0.0
    return round(name_score + _BIRTH_RANK[birth] + _NATIONALITY_RANK[nationality] - weak, 4)


def _near(a: DateRange, b: DateRange) -> bool:
    first, last = a.years()
    other_first, other_last = b.years()
    return first - 2 <= other_last and other_first - 2 <= last


def _swapped(a: DateRange, b: DateRange) -> bool:
    one, two = a.earliest, b.earliest
    exact = a.earliest == a.latest and b.earliest == b.latest
    return exact and (one.year, one.day, one.month) == (two.year, two.month, two.day)
