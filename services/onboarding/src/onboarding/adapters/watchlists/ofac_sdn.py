"""OFAC Specially Designated Nationals, the official csv set (sdn, alt, add, optionally sdn_comments).

Format: treasury's "SDN data specification", comma separated, no header line, -0- for an empty field.
"""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from onboarding.domain.watchlist import EntryType, ListedName, ListEntry, ListVersion, NameQuality

from .countries import country_code
from .records import CsvLines, Limits, Problem
from .remarks import Remarks, parse_remarks

LIST_ID = "OFAC_SDN"
_TYPES = {
    "individual": EntryType.INDIVIDUAL,
    "": EntryType.ENTITY,
    "entity": EntryType.ENTITY,
    "vessel": EntryType.VESSEL,
    "aircraft": EntryType.AIRCRAFT,
}
_ALIAS_TYPES = frozenset(("aka", "fka", "nka"))
_PROGRAMS = re.compile(r"\]\s*\[")


@dataclass(frozen=True, slots=True)
class OfacFiles:
    """Open binary streams; comments (sdn_comments.csv) carries remarks that outgrew the main file."""

    sdn: BinaryIO
    alt: BinaryIO
    add: BinaryIO
    comments: BinaryIO | None = None


@dataclass(frozen=True, slots=True)
class WatchlistImport:
    version: ListVersion
    entries: tuple[ListEntry, ...]
    problems: tuple[Problem, ...]


@dataclass(slots=True)
class _Draft:
    line: int
    name: str
    type: EntryType
    programs: tuple[str, ...]
    flag: str
    remarks: str
    aliases: list[str] = field(default_factory=list)
    countries: list[str] = field(default_factory=list)


def import_ofac_sdn(files: OfacFiles, limits: Limits | None = None) -> WatchlistImport:
    """Blocking; reads every stream to its end. Bad lines become problems, the others become entries.

    Errors: ListTooLarge. The version is sha256(sdn || alt || add [|| comments]) of the files' own sha256.
    """
    limits = limits or Limits()
    sdn = CsvLines("sdn.csv", files.sdn, 12, limits)
    alt = CsvLines("alt.csv", files.alt, 5, limits)
    add = CsvLines("add.csv", files.add, 6, limits)
    readers = [sdn, alt, add]
    drafts = _read_parties(sdn)
    _read_aliases(alt, drafts)
    _read_addresses(add, drafts)
    if files.comments is not None:
        comments = CsvLines("sdn_comments.csv", files.comments, 2, limits)
        _read_comments(comments, drafts)
        readers.append(comments)
    entries = tuple(_entry(uid, draft, sdn) for uid, draft in drafts.items())
    version = hashlib.sha256(b"".join(r.digest() for r in readers)).hexdigest()
    problems = tuple(p for r in readers for p in r.problems)
    return WatchlistImport(ListVersion(LIST_ID, version, len(entries)), entries, problems)


def _read_parties(lines: CsvLines) -> dict[str, _Draft]:
    drafts: dict[str, _Draft] = {}
    for number, row in lines:
        uid, name, kind, programs = row[0], row[1], row[2].lower(), row[3]
        reasons = []
        if not (uid.isascii() and uid.isdigit()):
            reasons.append("entity number is not a number")
        elif uid in drafts:
            reasons.append(f"entity number {uid} appears twice")
        if not name:
            reasons.append("name is empty")
        if kind not in _TYPES:
            reasons.append("unknown type")
        if reasons:
            lines.report(number, "; ".join(reasons))
            continue
        split = tuple(p.strip() for p in _PROGRAMS.split(programs.strip("[] ")) if p.strip())
        drafts[uid] = _Draft(number, name, _TYPES[kind], split, row[9], row[11])
    return drafts


def _read_aliases(lines: CsvLines, drafts: dict[str, _Draft]) -> None:
    for number, row in lines:
        uid, kind, name = row[0], row[2].lower(), row[3]
        if uid not in drafts:
            lines.report(number, "alias of an unknown entity number")
        elif kind not in _ALIAS_TYPES or not name:
            lines.report(number, "alias without a name" if not name else "unknown alias type")
        else:
            drafts[uid].aliases.append(name)


def _read_addresses(lines: CsvLines, drafts: dict[str, _Draft]) -> None:
    for number, row in lines:
        if row[0] not in drafts:
            lines.report(number, "address of an unknown entity number")
        elif row[4]:
            drafts[row[0]].countries.append(country_code(row[4]))


def _read_comments(lines: CsvLines, drafts: dict[str, _Draft]) -> None:
    more: dict[str, list[str]] = defaultdict(list)
    for number, row in lines:
        if row[0] not in drafts:
            lines.report(number, "comment on an unknown entity number")
        else:
            more[row[0]].append(row[1])
    for uid, texts in more.items():
        drafts[uid].remarks = "".join((drafts[uid].remarks, *texts))


def _entry(uid: str, draft: _Draft, lines: CsvLines) -> ListEntry:
    remarks = parse_remarks(draft.remarks)
    for unread in remarks.unread:
        lines.report(draft.line, f"cannot read: {unread}", rejected=False)
    if draft.flag:
        draft.countries.append(country_code(draft.flag))
    names = _names(draft, remarks)
    unique = {
        "birth_places": tuple(dict.fromkeys(remarks.birth_places)),
        "nationalities": tuple(dict.fromkeys(remarks.nationalities)),
        "citizenships": tuple(dict.fromkeys(remarks.citizenships)),
        "countries": tuple(dict.fromkeys(draft.countries)),
    }
    births = tuple(dict.fromkeys(remarks.births))
    content = [uid, draft.type, [(n.full, n.quality) for n in names], [str(b) for b in births], unique, draft.programs]
    fingerprint = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return ListEntry(
        list_id=LIST_ID,
        uid=uid,
        type=draft.type,
        names=names,
        births=births,
        programs=draft.programs,
        fingerprint=fingerprint,
        **unique,
    )


def _names(draft: _Draft, remarks: Remarks) -> tuple[ListedName, ...]:
    person = draft.type is EntryType.INDIVIDUAL
    named: dict[str, ListedName] = {}
    groups: Sequence[tuple[NameQuality, Sequence[str]]] = (
        (NameQuality.PRIMARY, (draft.name,)),
        (NameQuality.STRONG, draft.aliases),
        (NameQuality.WEAK, remarks.weak_aliases),
    )
    for quality, names in groups:
        for full in names:
            surname, comma, given = full.partition(",")
            split = person and bool(comma) and bool(given.strip())
            parts = (surname.strip(), given.strip()) if split else ("", "")
            named.setdefault(full, ListedName(full, quality, *parts))
    return tuple(named.values())
