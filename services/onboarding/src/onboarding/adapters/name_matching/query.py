"""A queried name prepared against one index."""

from dataclasses import dataclass
from itertools import pairwise

from .fold import Token, tokenize
from .index import Likenesses, NameIndex, joined

MAX_SCORED = 250
MIN_SHARED = 0.42
"""Share of the query's weight a listed name must hold to be scored at all."""


@dataclass(frozen=True, slots=True)
class Query:
    """weights: role times rarity per token, in the scale of IndexedName.weights. near, near_pairs: the listed
    parts each token, and each token with its right neighbour, resembles."""

    text: str
    tokens: tuple[Token, ...]
    weights: tuple[float, ...]
    near: tuple[Likenesses, ...]
    near_pairs: tuple[Likenesses, ...]


def prepare(name: str, index: NameIndex) -> Query:
    """The order of a queried name's parts is unknown, so the outer ones decide."""
    tokens = tokenize(name)
    significant = [i for i, t in enumerate(tokens) if not t.optional]
    weights = []
    for i, token in enumerate(tokens):
        outer = len(significant) <= 2 or i in (significant[0], significant[-1])
        weights.append((1.0 if outer else 0.5) * index.rarity(token))
    pairs = (joined(a, b) for a, b in pairwise(tokens))
    return Query(
        text=name,
        tokens=tokens,
        weights=tuple(weights),
        near=tuple({} if t.optional or t.initial else index.similar(t.key, t.vowelless) for t in tokens),
        near_pairs=tuple(index.similar(p.key, p.vowelless) if p else {} for p in pairs),
    )


def retrieve(query: Query, index: NameIndex) -> list[int]:
    """Ids of at most MAX_SCORED names that share enough weight with the query."""
    overlap: dict[int, float] = {}
    total = 0.0
    for i, near in enumerate(query.near):
        if not (query.tokens[i].optional or query.tokens[i].initial):
            total += query.weights[i]
            for number, value in _best(index, near, query.weights[i]).items():
                overlap[number] = overlap.get(number, 0.0) + value
    for i, near in enumerate(query.near_pairs):
        pair = _best(index, near, query.weights[i] + query.weights[i + 1])
        for number, value in pair.items():
            overlap[number] = max(overlap.get(number, 0.0), value)
    floor = MIN_SHARED * total
    kept = [(weight, number) for number, weight in overlap.items() if weight >= floor]
    initials = [t.key for t in query.tokens if t.initial and not t.optional]
    if initials:
        kept = [k for k in kept if any(i in index.names[k[1]].initials for i in initials)]
    if len(kept) > MAX_SCORED:
        size = len(query.tokens)
        kept = [(w - 0.03 * abs(len(index.names[n].tokens) - size), n) for w, n in kept]
        kept.sort(reverse=True)
    return [number for _, number in kept[:MAX_SCORED]]


def _best(index: NameIndex, near: Likenesses, weight: float) -> dict[int, float]:
    """Name id -> likeness times weight; a query part counts once per name."""
    best: dict[int, float] = {}
    for at, likeness in near.items():
        value = likeness.score * weight
        for number in index.postings(at):
            if best.get(number, 0.0) < value:
                best[number] = value
    return best
