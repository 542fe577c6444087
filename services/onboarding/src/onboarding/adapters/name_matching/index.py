"""Immutable search structure over one set of list entries. Built once, read by many threads."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from onboarding.domain.watchlist import ListedName, ListEntry

from .fold import Token, make_token, tokenize
from .similarity import FLOOR, Likeness, compare


@dataclass(frozen=True, slots=True)
class IndexedName:
    """A listed name ready for scoring.

    weights: role times rarity per token. ids: vocabulary id per token, -1 for initials and optional parts;
    pairs: the same for each token written together with its right neighbour.
    """

    entry: int
    name: ListedName
    tokens: tuple[Token, ...]
    weights: tuple[float, ...]
    ids: tuple[int, ...]
    pairs: tuple[int, ...]
    initials: frozenset[str]


Likenesses = Mapping[int, Likeness]
"""Vocabulary id -> how like the asked part it is; only ids at or above similarity.FLOOR."""


class NameIndex:
    """entries: what is searched. All attributes are read-only after construction."""

    def __init__(self, entries: Iterable[ListEntry]) -> None:
        self.entries = tuple(entries)
        rows = [(number, name, tokenize(name.full)) for number, entry in enumerate(self.entries) for name in entry.names]
        rows = [row for row in rows if row[2]]
        self._rarity = _Rarity(tokens for _, _, tokens in rows)
        self._vocabulary: list[Token] = []
        self._ids: dict[tuple[str, bool], int] = {}
        self._single: set[int] = set()
        self.names = tuple(self._indexed(*row) for row in rows)
        self._postings = self._invert()
        self._keys = self._probe_table()
        self.similar = lru_cache(maxsize=32768)(self._similar)

    def postings(self, vocabulary_id: int) -> Sequence[int]:
        """Ids of the names that hold the part."""
        return self._postings[vocabulary_id]

    def rarity(self, token: Token) -> float:
        """0.5 (in thousands of names) .. 1.0 (in none); less for parts that decide nothing."""
        return self._rarity.of(token)

    def _similar(self, key: str, vowelless: bool) -> Likenesses:
        token = make_token(key, key, vowelless)
        candidates: set[int] = set()
        for probe in _probes(token, fuzzy=True, stored=False):
            candidates.update(self._keys.get(probe, ()))
        found = ((v, compare(token, self._vocabulary[v])) for v in candidates)
        return {v: likeness for v, likeness in found if likeness.score >= FLOOR}

    def _indexed(self, entry: int, name: ListedName, tokens: tuple[Token, ...]) -> IndexedName:
        rarity = [self._rarity.of(t) for t in tokens]
        ids = tuple(-1 if t.optional or t.initial else self._id(t) for t in tokens)
        self._single.update(ids)
        return IndexedName(
            entry=entry,
            name=name,
            tokens=tokens,
            weights=tuple(r * f for r, f in zip(_roles(name, tokens), rarity, strict=True)),
            ids=ids,
            pairs=tuple(self._pair_id(a, b) for a, b in pairwise(tokens)),
            initials=frozenset(t.key[0] for t in tokens),
        )

    def _id(self, token: Token) -> int:
        at = self._ids.setdefault((token.key, token.vowelless), len(self._vocabulary))
        if at == len(self._vocabulary):
            self._vocabulary.append(token)
        return at

    def _pair_id(self, a: Token, b: Token) -> int:
        known = self._ids.get((a.key + b.key, a.vowelless or b.vowelless))
        if known is not None:
            return known
        pair = joined(a, b)
        return -1 if pair is None else self._id(pair)

    def _invert(self) -> list[list[int]]:
        postings: list[list[int]] = [[] for _ in self._vocabulary]
        for number, name in enumerate(self.names):
            for at in {*name.ids, *name.pairs} - {-1}:
                postings[at].append(number)
        return postings

    def _probe_table(self) -> dict[str, list[int]]:
        keys: dict[str, list[int]] = {}
        for at, token in enumerate(self._vocabulary):
            for probe in _probes(token, fuzzy=at in self._single, stored=True):
                keys.setdefault(probe, []).append(at)
        return keys


class _Rarity:
    """Weight by how many listed names hold the part (in any of its spellings)."""

    def __init__(self, names: Iterable[tuple[Token, ...]]) -> None:
        self._counts: dict[str, int] = defaultdict(int)
        total = 1
        for tokens in names:
            total += 1
            for family in {f for t in tokens for f in _families(t)}:
                self._counts[family] += 1
        self._counts = dict(self._counts)
        self._log_total = math.log(total + 1)

    def of(self, token: Token) -> float:
        if token.optional:
            return 0.08
        if token.initial:
            return 0.3
        count = max((self._counts.get(f, 0) for f in _families(token)), default=0)
        return 0.5 + 0.5 * (1 - math.log(count + 1) / self._log_total)


def _families(token: Token) -> tuple[str, ...]:
    return (token.sound.phon, *(g for g in token.groups if g[0] == "v"))


def _roles(name: ListedName, tokens: tuple[Token, ...]) -> tuple[float, ...]:
    """Surname and first given name decide; middle names, patronymics and second surnames support."""
    significant = [i for i, t in enumerate(tokens) if not t.optional]
    surname = sum(1 for t in tokenize(name.surname) if not t.optional) if name.surname else 0
    surname = min(surname, len(significant) - 1) if len(significant) > 1 else 0
    roles = [0.1] * len(tokens)
    first_surname = len(significant) - surname
    for order, i in enumerate(significant):
        if surname:
            decisive = order in (0, first_surname)
            roles[i] = 1.0 if decisive else 0.45 if order > first_surname else 0.35
        else:
            decisive = order in (0, len(significant) - 1)
            roles[i] = 1.0 if decisive else 0.5
    return tuple(roles)


def joined(a: Token, b: Token) -> Token | None:
    """Two neighbours written together: "Jin Ping" is found by "Jinping", "bin Ladin" by "Binladin"."""
    if a.initial or b.initial or len(a.key) + len(b.key) < 4:
        return None
    return make_token(f"{a.text} {b.text}", a.key + b.key, a.vowelless or b.vowelless)


def _probes(token: Token, fuzzy: bool, stored: bool) -> set[str]:
    """Keys under which a token is stored and looked up; two tokens within reach share at least one.
    fuzzy: also with one letter left out; parts written together are stored without."""
    key, (phon, bones, families, _) = token.key, token.sound
    probes = {"=" + key, "~" + phon}
    probes.update("#" + g for g in token.groups)
    if len(bones) >= (2 if stored or not token.sound.voweled or token.vowelless else 3):
        probes.add("%" + bones)
    if families and (stored or token.vowelless):
        probes.add("&" + families)
    if fuzzy and len(key) >= 4 and token.sound.voweled:
        probes.update("=" + key[:i] + key[i + 1 :] for i in range(len(key)))
    if fuzzy and len(bones) >= 4:
        probes.update("%" + bones[:i] + bones[i + 1 :] for i in range(len(bones)))
    return probes
