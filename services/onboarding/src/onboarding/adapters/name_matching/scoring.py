"""Score of one queried name against one listed name, with the explanation token by token."""

from collections.abc import Sequence
from typing import NamedTuple

from onboarding.domain.screening import TokenEvidence

from .fold import Token
from .index import IndexedName
from .query import Query
from .similarity import FLOOR, Likeness, compare


class Pairing(NamedTuple):
    """Query span and listed span that correspond; spans are token positions."""

    queried: tuple[int, ...]
    listed: tuple[int, ...]
    likeness: Likeness


class Scored(NamedTuple):
    score: float
    pairings: tuple[Pairing, ...]


def score(query: Query, listed: IndexedName) -> Scored:
    """0..1. Contradictions (parts left over on both sides) cost most, then decisive omissions, then spelling."""
    pairings = _align(query, listed)
    if not pairings:
        return Scored(0.0, ())
    used_q = {i for p in pairings for i in p.queried}
    used_n = {i for p in pairings for i in p.listed}
    matched, quality = _matched(query, listed, pairings)
    left_q = sum(w for i, w in enumerate(query.weights) if i not in used_q)
    left_n = sum(w for i, w in enumerate(listed.weights) if i not in used_n)
    conflict = min(left_q, left_n)
    omitted_q, omitted_n = left_q - conflict, left_n - conflict
    total = matched + conflict
    value = quality * (1 - 0.75 * conflict / total)
    value *= 1 - 0.30 * omitted_n / (total + omitted_n)
    value *= 1 - 0.40 * omitted_q / (total + omitted_q)
    return Scored(min(value, _ceiling(query, listed, pairings)), pairings)


def _matched(query: Query, listed: IndexedName, pairings: Sequence[Pairing]) -> tuple[float, float]:
    """Matched weight (mean of both sides) and the weighted mean likeness."""
    weight = quality = 0.0
    for pairing in pairings:
        left = sum(query.weights[i] for i in pairing.queried)
        right = sum(listed.weights[i] for i in pairing.listed)
        w = max(left, right) if pairing.likeness.how == "INITIAL" else (left + right) / 2
        weight += w
        quality += w * pairing.likeness.score
    return weight, quality / weight


def _ceiling(query: Query, listed: IndexedName, pairings: Sequence[Pairing]) -> float:
    """What so little evidence can reach at most: one part of a longer name, or initials only."""
    solid = [p for p in pairings if p.likeness.how != "INITIAL" and _solid(query, p)]
    query_parts = sum(not t.optional for t in query.tokens)
    listed_parts = sum(not t.optional for t in listed.tokens)
    if not solid:
        return 0.0
    if len(solid) == 1 and len(pairings) == 1 and max(query_parts, listed_parts) > 1:
        spans = max(len(solid[0].queried), len(solid[0].listed))
        return 1.0 if spans >= min(2, max(query_parts, listed_parts)) else 0.6
    return 1.0


def _solid(query: Query, pairing: Pairing) -> bool:
    return any(not query.tokens[i].optional for i in pairing.queried)


def _align(query: Query, listed: IndexedName) -> tuple[Pairing, ...]:
    """Best non-overlapping pairings, strongest first. Sizes are bounded by fold.MAX_TOKENS."""
    options = _plain(query, listed)
    options += _written_together(query, listed)
    options.sort(key=lambda o: o[0], reverse=True)
    chosen: list[Pairing] = []
    used_q: set[int] = set()
    used_n: set[int] = set()
    for _, pairing in options:
        if used_q.isdisjoint(pairing.queried) and used_n.isdisjoint(pairing.listed):
            chosen.append(pairing)
            used_q.update(pairing.queried)
            used_n.update(pairing.listed)
    return tuple(chosen)


def _plain(query: Query, listed: IndexedName) -> list[tuple[float, Pairing]]:
    options = []
    for i, token in enumerate(query.tokens):
        near = query.near[i]
        for j, at in enumerate(listed.ids):
            likeness = near.get(at) if at >= 0 and near else _unindexed(token, listed.tokens[j])
            if likeness:
                # Among equals prefer the weightier listed part, so a surname is not spent on a particle.
                options.append((likeness.score + 0.02 * listed.weights[j], Pairing((i,), (j,), likeness)))
    return options


def _unindexed(a: Token, b: Token) -> Likeness | None:
    """Initials and optional parts are compared on the spot."""
    if not (a.initial or b.initial or (a.optional and b.optional)) or a.optional != b.optional:
        return None
    likeness = compare(a, b)
    if likeness.how == "INITIAL" and b.initial:
        # A list that knows only an initial says little; a query that gives one is a shortened name.
        return Likeness(0.7, "INITIAL") if likeness.score else None
    return likeness if likeness.score >= FLOOR else None


def _written_together(query: Query, listed: IndexedName) -> list[tuple[float, Pairing]]:
    """One part against two neighbours of the other side."""
    options = []
    for j, at in enumerate(listed.pairs):
        for i, near in enumerate(query.near):
            if at >= 0 and (likeness := near.get(at)):
                options.append(_together((i,), (j, j + 1), likeness))
    for i, near in enumerate(query.near_pairs):
        for j, at in enumerate(listed.ids):
            if at >= 0 and (likeness := near.get(at)):
                options.append(_together((i, i + 1), (j,), likeness))
    return [o for o in options if o[1].likeness.score >= 0.85]


def _together(queried: tuple[int, ...], named: tuple[int, ...], likeness: Likeness) -> tuple[float, Pairing]:
    value = min(likeness.score, 0.98)
    return value + 0.03, Pairing(queried, named, Likeness(value, "JOINED"))


def explain(query: Query, listed: IndexedName, pairings: Sequence[Pairing]) -> tuple[TokenEvidence, ...]:
    """Every part of both names once, in the order of the query, then what only the list has."""
    lines: list[tuple[int, TokenEvidence]] = []
    used_q: set[int] = set()
    used_n: set[int] = set()
    for queried, named, likeness in pairings:
        used_q.update(queried)
        used_n.update(named)
        left = " ".join(query.tokens[i].text for i in queried)
        right = " ".join(listed.tokens[j].text for j in named)
        lines.append((min(queried), TokenEvidence(left, right, likeness.how, round(likeness.score, 3))))
    for i, token in enumerate(query.tokens):
        if i not in used_q:
            how = "IGNORED" if token.optional else "MISSING_IN_LIST"
            lines.append((i, TokenEvidence(token.text, "", how, 0.0)))
    for j, token in enumerate(listed.tokens):
        if j not in used_n:
            how = "IGNORED" if token.optional else "MISSING_IN_QUERY"
            lines.append((len(query.tokens) + j, TokenEvidence("", token.text, how, 0.0)))
    return tuple(line for _, line in sorted(lines, key=lambda line: line[0]))
