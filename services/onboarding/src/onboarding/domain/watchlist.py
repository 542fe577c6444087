"""What an official list says about a person, organisation, ship or aircraft. Plain data, no I/O."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class EntryType(StrEnum):
    INDIVIDUAL = "INDIVIDUAL"
    ENTITY = "ENTITY"
    VESSEL = "VESSEL"
    AIRCRAFT = "AIRCRAFT"


class NameQuality(StrEnum):
    """OFAC calls an alias weak when it is broad or generic and would raise many false hits."""

    PRIMARY = "PRIMARY"
    STRONG = "STRONG"
    WEAK = "WEAK"


@dataclass(frozen=True, slots=True)
class ListedName:
    """`surname` and `given` are set when the list separates them ("SURNAME, Given Middle")."""

    full: str
    quality: NameQuality
    surname: str = ""
    given: str = ""


@dataclass(frozen=True, slots=True)
class DateRange:
    """A date as lists give it: a day, a month, a year or a span; `circa` widens it by a year each way."""

    earliest: date
    latest: date
    circa: bool = False

    def __post_init__(self) -> None:
        if self.earliest > self.latest:
            raise ValueError("earliest lies after latest")

    def overlaps(self, other: "DateRange") -> bool:
        mine, theirs = self._widened(), other._widened()
        return mine[0] <= theirs[1] and theirs[0] <= mine[1]

    def years(self) -> tuple[int, int]:
        """First and last calendar year covered, circa included."""
        first, last = self._widened()
        return first.year, last.year

    def _widened(self) -> tuple[date, date]:
        if not self.circa:
            return self.earliest, self.latest
        return (
            date(max(1, self.earliest.year - 1), 1, 1),
            date(min(9999, self.latest.year + 1), 12, 31),
        )

    def __str__(self) -> str:
        span = str(self.earliest) if self.earliest == self.latest else f"{self.earliest}..{self.latest}"
        return f"circa {span}" if self.circa else span


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One listed party.

    names: the primary name first. nationalities, citizenships, countries: ISO 3166-1 alpha-2 where the
    name is known, else the list's own words. fingerprint: hash of everything above, so an unchanged entry
    keeps it from one list version to the next.
    """

    list_id: str
    uid: str
    type: EntryType
    names: tuple[ListedName, ...]
    births: tuple[DateRange, ...]
    birth_places: tuple[str, ...]
    nationalities: tuple[str, ...]
    citizenships: tuple[str, ...]
    countries: tuple[str, ...]
    programs: tuple[str, ...]
    fingerprint: str

    @property
    def primary_name(self) -> str:
        return self.names[0].full


@dataclass(frozen=True, slots=True)
class ListVersion:
    """`version` is the sha256 over the official files the entries came from."""

    list_id: str
    version: str
    entries: int
