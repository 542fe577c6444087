"""What a contractor declares about themselves: personal data, every field of it."""

from __future__ import annotations

import unicodedata
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

    def subject(self) -> Subject:
        """Who is screened."""
        day = parse_date(self.birth_date)
        return Subject(
            names=(self.legal_name, *self.other_names),
            kind=SubjectKind.PERSON if self.person_type is PersonType.INDIVIDUAL else SubjectKind.ORGANISATION,
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
