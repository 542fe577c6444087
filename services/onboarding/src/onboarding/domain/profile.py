"""What a contractor declares about themselves: personal data, every field of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from onboarding.domain.screening import Subject, SubjectKind
from onboarding.domain.watchlist import DateRange


class PersonType(StrEnum):
    INDIVIDUAL = "INDIVIDUAL"
    COMPANY = "COMPANY"


@dataclass(frozen=True, slots=True)
class IdentityNumber:
    kind: str
    country: str
    value: str


@dataclass(frozen=True, slots=True)
class Profile:
    """birth_date: ISO 8601 or ""; countries: ISO 3166-1 alpha-2."""

    legal_name: str
    person_type: PersonType
    country: str
    other_names: tuple[str, ...] = ()
    birth_date: str = ""
    nationalities: tuple[str, ...] = ()
    email: str = ""
    phone: str = ""
    address_lines: tuple[str, ...] = ()
    identity_numbers: tuple[IdentityNumber, ...] = ()
    time_zone: str = ""
    skills: tuple[str, ...] = ()

    def owns(self, name: str) -> bool:
        """Whether it is one of the contractor's own names."""
        return any(same_name(name, own) for own in (self.legal_name, *self.other_names))

    def subject(self, holders: Iterable[str] = ()) -> Subject:
        """Who is screened: the contractor, with the holders of the accounts that are paid to; a stranger may be of any kind."""
        day = parse_date(self.birth_date)
        strangers = [holder for holder in holders if not self.owns(holder)]
        kind = SubjectKind.PERSON if self.person_type is PersonType.INDIVIDUAL else SubjectKind.ORGANISATION
        return Subject(
            names=(self.legal_name, *self.other_names, *strangers),
            kind=SubjectKind.ANY if strangers else kind,
            birth=DateRange(day, day) if day else None,
            nationalities=self.nationalities,
            country=self.country,
        )


def parse_date(text: str) -> date | None:
    """The day, or None when the text is no calendar day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def same_name(one: str, other: str) -> bool:
    """Whether two spellings are one name but for case, accents, punctuation and order of the words."""
    return _words(one) == _words(other)


def _words(name: str) -> list[str]:
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return sorted("".join(c if c.isalnum() else " " for c in plain.casefold()).split())
