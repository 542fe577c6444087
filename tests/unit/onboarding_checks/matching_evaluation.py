"""A labelled evaluation of name screening: listed names written differently, and invented names.

Positives carry the uid that must be among the candidates. Negatives are invented combinations of common names
of many countries; one that happens to be a listed name, or a part of one, is left out.
"""

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from onboarding.adapters.name_matching import ListNameScreener
from onboarding.adapters.name_matching.fold import tokenize
from onboarding.domain.screening import Subject
from onboarding.domain.watchlist import EntryType, ListedName, ListEntry, NameQuality

from .invented_people import PEOPLE
from .name_mutations import MUTATORS


@dataclass
class Report:
    """positives: (kind, query, listed name, score of the right entry); negatives: (query, best name, its score).
    A score is 0 when the screener, run at the lowest threshold of interest, did not find it."""

    positives: list[tuple[str, str, str, float]] = field(default_factory=list)
    negatives: list[tuple[str, str, float]] = field(default_factory=list)

    def recall(self, threshold: float, kind: str = "") -> float:
        scores = [score for k, _, _, score in self.positives if not kind or k == kind]
        return sum(s >= threshold for s in scores) / len(scores)

    def alarms(self, threshold: float) -> list[tuple[str, str, float]]:
        return [n for n in self.negatives if n[2] >= threshold]

    def precision(self, threshold: float) -> float:
        """With as many invented as listed people asked."""
        right, wrong = self.recall(threshold), len(self.alarms(threshold)) / len(self.negatives)
        return right / (right + wrong)

    def missed(self, threshold: float, kind: str) -> list[tuple[str, str, float]]:
        return [p[1:] for p in self.positives if p[0] == kind and p[3] < threshold]


def positives(entries: tuple[ListEntry, ...], per_kind: int, seed: int) -> Iterator[tuple[str, str, str, str]]:
    """(kind, query, uid, listed name)."""
    named = [
        (e, n)
        for e in entries
        if e.type is EntryType.INDIVIDUAL
        for n in e.names
        if n.quality is not NameQuality.WEAK and len(tokenize(n.full)) >= 2
    ]
    for mutate in MUTATORS:
        rng = random.Random(f"{seed}{mutate.__name__}")
        made = 0
        for entry, name in rng.sample(named, len(named)):
            query = mutate(name, rng)
            if query and made < per_kind:
                made += 1
                yield mutate.__name__, query, entry.uid, name.full


def negatives(entries: tuple[ListEntry, ...], count: int, seed: int) -> list[str]:
    rng = random.Random(seed)
    listed = [frozenset(t.key for t in tokenize(n.full)) for e in entries for n in e.names]
    by_key: dict[str, list[frozenset[str]]] = defaultdict(list)
    for keys in listed:
        for key in keys:
            by_key[key].append(keys)
    names: dict[str, None] = {}
    for _ in range(count * 20):
        given, surnames = (row.split() for row in rng.choice(PEOPLE))
        parts = [rng.choice(given), *rng.sample(surnames, 2 if rng.random() < 0.15 else 1)]
        if rng.random() < 0.25:
            parts.insert(1, rng.choice(given))
        keys = frozenset(t.key for t in tokenize(" ".join(parts)))
        if not any(keys <= other for other in by_key.get(next(iter(keys)), ())):
            names[" ".join(parts)] = None
        if len(names) == count:
            break
    return list(names)


def evaluate(screener: ListNameScreener, entries: tuple[ListEntry, ...], per_kind: int, seed: int = 1) -> Report:
    """`screener` should run at a threshold below the ones of interest."""
    report = Report()
    for kind, query, uid, listed in positives(entries, per_kind, seed):
        found = screener.screen(Subject((query,))).candidates
        score = max((c.name_score for c in found if c.entry.uid == uid), default=0.0)
        report.positives.append((kind, query, listed, score))
    for query in negatives(entries, len(report.positives), seed):
        best = max(screener.screen(Subject((query,))).candidates, key=lambda c: c.name_score, default=None)
        report.negatives.append((query, best.matched_name if best else "", best.name_score if best else 0.0))
    return report


OriginalScript = tuple[list[ListEntry], list[tuple[str, str]]]
"""Entries with Latin names only, and (uid, name in the original script) queries."""


def read_original_scripts(path: Path) -> OriginalScript:
    entries, queries = [], []
    for person in ElementTree.parse(path).getroot().iterfind("INDIVIDUALS/INDIVIDUAL"):
        uid = person.findtext("DATAID", "")
        parts = (person.findtext(f"{n}_NAME", "").strip() for n in ("FIRST", "SECOND", "THIRD", "FOURTH"))
        names = [ListedName(" ".join(p for p in parts if p), NameQuality.PRIMARY)]
        for alias in person.iterfind("INDIVIDUAL_ALIAS"):
            weak = alias.findtext("QUALITY", "") == "Low"
            if text := alias.findtext("ALIAS_NAME", "").strip():
                names.append(ListedName(text, NameQuality.WEAK if weak else NameQuality.STRONG))
        entries.append(ListEntry("UN", uid, EntryType.INDIVIDUAL, tuple(names), (), (), (), (), (), (), fingerprint=uid))
        if original := person.findtext("NAME_ORIGINAL_SCRIPT", "").strip():
            queries.append((uid, original))
    return entries, queries
