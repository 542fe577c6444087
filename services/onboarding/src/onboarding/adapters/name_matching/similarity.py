"""How alike two name parts are, and why."""

from typing import NamedTuple

from rapidfuzz.distance import OSA

from .fold import Token

REACH = 0.72
"""Raw letter likeness below which two parts count as different."""
STEEPNESS = 1.3
"""How fast a score falls with the letters that differ."""
FLOOR = 1 - STEEPNESS * (1 - REACH)
"""Least likeness that two parts taken for the same can have."""


class Likeness(NamedTuple):
    score: float
    how: str


_NONE = Likeness(0.0, "FUZZY")


def compare(a: Token, b: Token) -> Likeness:
    """Symmetric; 0 when the parts are different. Initials are compared by the caller."""
    if a.key == b.key:
        return Likeness(1.0, "EXACT")
    if (len(a.key) == 1) != (len(b.key) == 1):
        return Likeness(0.88, "INITIAL") if a.key[0] == b.key[0] else _NONE
    if a.sound.phon == b.sound.phon and len(a.sound.phon) > 1:
        return Likeness(0.97, "SOUND")
    shared = a.groups & b.groups
    if shared:
        return _by_group(a, b, any(g[0] == "v" for g in shared))
    return _by_letters(a, b)


def _by_group(a: Token, b: Token, variant: bool) -> Likeness:
    if not variant:
        return Likeness(0.92, "NICKNAME")
    close = OSA.normalized_similarity(a.sound.phon, b.sound.phon) >= 0.5 or a.vowelless or b.vowelless
    return Likeness(0.96 if close else 0.9, "VARIANT")


def _by_letters(a: Token, b: Token) -> Likeness:
    bones_a, bones_b = a.sound.bones, b.sound.bones
    if a.vowelless or b.vowelless:
        return _across_scripts(a, b)
    if not (a.sound.voweled and b.sound.voweled):
        return _by_bones(bones_a, bones_b)
    phon_a, phon_b = a.sound.phon, b.sound.phon
    shorter = min(len(a.key), len(b.key))
    if shorter <= 2 or (shorter == 3 and (bones_a != bones_b or len(bones_a) < 2)):
        return _NONE
    letters = max(OSA.normalized_similarity(phon_a, phon_b), OSA.normalized_similarity(a.key, b.key))
    consonants = OSA.normalized_similarity(bones_a, bones_b)
    score = 0.65 * letters + 0.35 * consonants
    if phon_a[0] != phon_b[0] and bones_a[:1] != bones_b[:1]:
        score -= 0.06
    if shorter <= 4 and bones_a != bones_b:
        score -= 0.06
    return Likeness(round(1 - STEEPNESS * (1 - score), 3), "FUZZY") if score >= REACH else _NONE


def _across_scripts(a: Token, b: Token) -> Likeness:
    """Arabic letters are read differently from Morocco to Pakistan (z, d or th; g, j or q): families decide then."""
    likeness = _by_bones(a.sound.bones, b.sound.bones)
    if likeness.score:
        return likeness
    if a.sound.families != b.sound.families:
        return _NONE
    if len(a.sound.families) >= 3:
        return Likeness(0.84, "CONSONANTS")
    if min(len(a.key), len(b.key)) >= 3 and OSA.normalized_similarity(a.sound.phon, b.sound.phon) >= 0.5:
        return Likeness(0.8, "CONSONANTS")
    return _NONE


def _by_bones(a: str, b: str) -> Likeness:
    """One side has no short vowels, so only the consonants can be compared."""
    if a == b and len(a) >= 2:
        return Likeness(0.94 if len(a) >= 3 else 0.86, "CONSONANTS")
    if min(len(a), len(b)) >= 4 and OSA.distance(a, b) == 1:
        return Likeness(0.8, "CONSONANTS")
    return _NONE
