"""The remarks field of the SDN file: "DOB 14 Mar 1979; alt. DOB 1980; POB Khujand, Tajikistan; nationality Tajikistan; ..." """

import calendar
import re
from dataclasses import dataclass, field
from datetime import date

from onboarding.domain.watchlist import DateRange

from .countries import country_code

_MONTHS = {name: number for number, name in enumerate(calendar.month_abbr) if name}
_POINT = re.compile(r"(?:(\d{1,2}) )?(?:([A-Z][a-z]{2})[a-z]* )?(\d{4})$")
_SPAN = re.compile(r"\s+to\s+|(?<=\d{4})\s*-\s*(?=\d{4})")
_WEAK_ALIAS = re.compile(r"(?:^|; )(?:alt\. )?[afn]\.k\.a\. '(.+?)'(?=;|\.?$)")
_DETAIL = re.compile(r"^(?:alt\. )?(DOB|POB|nationality|citizen) (.+)$")


@dataclass(slots=True)
class Remarks:
    births: list[DateRange] = field(default_factory=list)
    birth_places: list[str] = field(default_factory=list)
    nationalities: list[str] = field(default_factory=list)
    citizenships: list[str] = field(default_factory=list)
    weak_aliases: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def parse_remarks(text: str) -> Remarks:
    """Never raises; dates that cannot be read are returned in `unread`."""
    found = Remarks(weak_aliases=list(dict.fromkeys(_WEAK_ALIAS.findall(text))))
    for piece in text.rstrip().removesuffix(".").split(";"):
        match = _DETAIL.match(piece.strip())
        if match is None:
            continue
        kind, value = match.group(1), match.group(2).strip()
        if kind == "DOB":
            birth = parse_birth(value)
            found.births.append(birth) if birth else found.unread.append(f"DOB {value}")
        elif kind == "POB":
            found.birth_places.append(value)
        elif kind == "nationality":
            found.nationalities.append(country_code(value))
        else:
            found.citizenships.append(country_code(value))
    return found


def parse_birth(value: str) -> DateRange | None:
    """ "14 Mar 1979", "Mar 1979", "1979", "circa 1979", "1979 to 1981", "01 Jan 1973 to 31 Dec 1973"."""
    circa = value.lower().startswith("circa ")
    points = [_point(p) for p in _SPAN.split(value[6:] if circa else value)]
    if not 1 <= len(points) <= 2:
        return None
    first, last = points[0], points[-1]
    if first is None or last is None or first[0] > last[1]:
        return None
    return DateRange(first[0], last[1], circa)


def _point(text: str) -> tuple[date, date] | None:
    match = _POINT.match(text.strip())
    if match is None:
        return None
    day, month_name, year = match.group(1), match.group(2), int(match.group(3))
    month = _MONTHS.get(month_name, 0) if month_name else 0
    if year < 1 or (month_name and not month) or (day and not month):
        return None
    if not month:
        return date(year, 1, 1), date(year, 12, 31)
    length = calendar.monthrange(year, month)[1]
    if not day:
        return date(year, month, 1), date(year, month, length)
    return (date(year, month, int(day)),) * 2 if 1 <= int(day) <= length else None
