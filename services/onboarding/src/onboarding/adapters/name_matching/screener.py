"""The screener: holds the current index and answers for one subject. Thread-safe: an index is never
changed, only exchanged."""

import gc
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from onboarding.domain.screening import Candidate, EntryRef, Screening, Subject, SubjectKind
from onboarding.domain.watchlist import EntryType, ListEntry, ListVersion, NameQuality

from .evidence import compare_births, compare_nationalities, rank_of
from .fold import MAX_NAME_CHARS, MAX_TOKENS, tokenize
from .index import IndexedName, NameIndex
from .query import Query, prepare, retrieve
from .scoring import Scored, explain, score

DEFAULT_THRESHOLD = 0.82

_TYPES = {
    SubjectKind.PERSON: frozenset((EntryType.INDIVIDUAL,)),
    SubjectKind.ORGANISATION: frozenset((EntryType.ENTITY,)),
    SubjectKind.ANY: frozenset(EntryType),
}


class _Snapshot(NamedTuple):
    versions: tuple[ListVersion, ...]
    entries: dict[str, tuple[ListEntry, ...]]
    by_type: dict[EntryType, NameIndex]


class ListNameScreener:
    """required_lists: ids without which a screening is incomplete. threshold: name score that makes a hit."""

    def __init__(self, required_lists: Sequence[str], threshold: float = DEFAULT_THRESHOLD) -> None:
        if not 0.5 <= threshold <= 1.0:
            raise ValueError("threshold must lie in 0.5..1.0")
        self._required = tuple(required_lists)
        self._threshold = threshold
        self._snapshot = _Snapshot((), {}, {})
        self._replacing = threading.Lock()

    @property
    def versions(self) -> tuple[ListVersion, ...]:
        return self._snapshot.versions

    def replace_list(self, version: ListVersion, entries: Iterable[ListEntry]) -> None:
        """Build a new index with this list in its new version and switch to it in one assignment.

        Blocks for a second or two on a full list: call it from an executor thread. Screenings under way finish
        on the snapshot they started with.
        """
        with self._replacing:
            self._snapshot = self._with(version, tuple(entries))

    def _with(self, version: ListVersion, entries: tuple[ListEntry, ...]) -> _Snapshot:
        old = self._snapshot
        lists = {**old.entries, version.list_id: entries}
        versions = (*(v for v in old.versions if v.list_id != version.list_id), version)
        everyone = [e for rows in lists.values() for e in rows]
        with _collector_paused():
            by_type = {t: NameIndex(e for e in everyone if e.type is t) for t in EntryType}
        return _Snapshot(versions, lists, by_type)

    def screen(self, subject: Subject) -> Screening:
        """Every entry at or above the threshold, best rank first."""
        snapshot = self._snapshot
        best: dict[EntryRef, Candidate] = {}
        unscreenable = []
        for name in dict.fromkeys(subject.names):
            if not _comparable(name):
                unscreenable.append(name)
            for candidate in self._candidates(snapshot, name, subject):
                known = best.get(candidate.entry)
                if known is None or known.name_score < candidate.name_score:
                    best[candidate.entry] = candidate
        ranked = sorted(best.values(), key=lambda c: (-c.rank, c.entry.list_id, c.entry.uid))
        loaded = {v.list_id for v in snapshot.versions}
        return Screening(
            lists=snapshot.versions,
            threshold=self._threshold,
            candidates=tuple(ranked),
            missing_lists=tuple(name for name in self._required if name not in loaded),
            unscreenable=tuple(unscreenable) if subject.names else ("",),
        )

    def _candidates(self, snapshot: _Snapshot, name: str, subject: Subject) -> Iterable[Candidate]:
        for entry_type in sorted(_TYPES[subject.kind]):
            index = snapshot.by_type.get(entry_type)
            if index is None:
                continue
            query = prepare(name, index)
            hits: dict[int, tuple[Scored, IndexedName]] = {}
            for number in retrieve(query, index):
                listed = index.names[number]
                scored = score(query, listed)
                if scored.score < self._needed(listed):
                    continue
                known = hits.get(listed.entry)
                if known is None or known[0].score < scored.score:
                    hits[listed.entry] = (scored, listed)
            for entry_number, (scored, listed) in hits.items():
                yield _candidate(index.entries[entry_number], query, listed, scored, subject)

    def _needed(self, listed: IndexedName) -> float:
        """A one-word weak alias ("El Profe") is no evidence unless the whole query is that word."""
        weak = listed.name.quality is NameQuality.WEAK
        return max(self._threshold, 0.96) if weak and len(listed.tokens) == 1 else self._threshold


def _comparable(name: str) -> bool:
    """Not more than folding looks at, and more than initials: the rest of a name must not go unseen."""
    tokens = tokenize(name)
    whole = len(name) <= MAX_NAME_CHARS and len(tokens) < MAX_TOKENS
    return whole and not all(t.initial for t in tokens)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """The cycle collector finds nothing in a growing index and takes a third of the build time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _candidate(entry: ListEntry, query: Query, listed: IndexedName, scored: Scored, subject: Subject) -> Candidate:
    birth = compare_births(subject.birth, entry.births)
    nationality = compare_nationalities(subject, entry)
    name_score = round(scored.score, 4)
    return Candidate(
        entry=EntryRef(entry.list_id, entry.uid),
        entry_fingerprint=entry.fingerprint,
        entry_type=entry.type,
        primary_name=entry.primary_name,
        queried_name=query.text,
        matched_name=listed.name.full,
        matched_quality=listed.name.quality,
        name_score=name_score,
        rank=rank_of(name_score, birth, nationality, listed.name.quality),
        tokens=explain(query, listed, scored.pairings),
        birth=birth,
        listed_births=tuple(str(b) for b in entry.births),
        nationality=nationality,
        listed_nationalities=(*entry.nationalities, *entry.citizenships),
        programs=entry.programs,
    )
