"""A name as written -> comparable tokens. Pure functions, safe in any thread."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from anyascii import anyascii

from . import compounds, scripts
from .lexicon import OPTIONAL, TITLES, groups_of
from .phonetics import Sound, sound_of

MAX_NAME_CHARS = 300
MAX_TOKENS = 14
_SPLIT = re.compile(r"[\s\-‐-―_,;:/\\.()\[\]{}\"“”«»+&|]+")
_VOWELLESS_SCRIPTS = frozenset(("ARABIC", "HEBREW", "ABUGIDA"))
_H_LETTERS = "حهہھ"
_CAMEL = re.compile(r"[A-Z][a-z]*|[a-z]+|[0-9]+")
_JUNK = re.compile(r"[^a-z0-9]")


class Token(NamedTuple):
    """One comparable part. text: as written; key: folded Latin; groups: lexicon groups it belongs to;
    vowelless: its script writes no short vowels; optional: an article, particle or title, which never
    decides a match."""

    text: str
    key: str
    sound: Sound
    groups: frozenset[str] = frozenset()
    vowelless: bool = False
    optional: bool = False

    @property
    def initial(self) -> bool:
        return len(self.key) == 1


def tokenize(name: str) -> tuple[Token, ...]:
    """Never raises; an empty tuple when nothing comparable is left."""
    clean = name[:MAX_NAME_CHARS] if name.isascii() else _clean(name)
    latin_around = clean.isascii() or sum(scripts.script_of(c) == "LATIN" for c in clean if c.isalpha()) >= 2
    raw: list[compounds.Part] = []
    for chunk in _SPLIT.split(_natural_order(clean)):
        if chunk:
            raw.extend(_romanise(chunk, latin_around))
    tokens = [make_token(*part) for part in compounds.glue(raw[: MAX_TOKENS * 2])][:MAX_TOKENS]
    if sum(not t.optional for t in tokens) <= 1:
        # "Haji Agha", "Engineer Ismail": with nothing else to go by, a title is part of the name.
        bare = all(t.optional for t in tokens)
        tokens = [t._replace(optional=False) if bare or t.key in TITLES else t for t in tokens]
    return tuple(tokens)


@lru_cache(maxsize=65536)
def make_token(text: str, key: str, vowelless: bool = False) -> Token:
    return Token(text, key, sound_of(key), groups_of(key), vowelless, key in OPTIONAL)


def _natural_order(name: str) -> str:
    """ "HADI, Abdul" -> "Abdul HADI": parts that belong together must become neighbours."""
    surname, comma, given = name.partition(",")
    return f"{given} {surname}" if comma and given.strip() and "," not in given else name


def _clean(name: str) -> str:
    text = unicodedata.normalize("NFKC", name[:MAX_NAME_CHARS])
    kept = (" " if unicodedata.category(c) in ("Cc", "Zs") else c for c in text)
    return "".join(c for c in kept if unicodedata.category(c) not in ("Cf", "Cs", "Co", "Cn"))


@lru_cache(maxsize=65536)
def _romanise(chunk: str, latin_around: bool) -> tuple[compounds.Part, ...]:
    """One written word -> (as written, folded, vowelless) parts; ideographs give a part per syllable."""
    if chunk.isascii():
        return _part(chunk, chunk)
    seen = {scripts.script_of(c) for c in chunk if c.isalpha()}
    mixed = "LATIN" in seen and seen & {"CYRILLIC", "GREEK"}
    disguised = latin_around and seen <= {"CYRILLIC", "GREEK"} and set(chunk) <= scripts.EXACT_LOOKALIKES
    if mixed or disguised:
        return _part(chunk, anyascii(chunk.translate(scripts.LOOKALIKES)))
    if seen & {"CJK", "HANGUL"}:
        return _syllables(chunk, "HANGUL" in seen)
    if "ARABIC" in seen:
        return _arabic(chunk)
    return _part(chunk, anyascii(chunk), bool(seen & _VOWELLESS_SCRIPTS))


def _part(text: str, latin: str, vowelless: bool = False) -> tuple[compounds.Part, ...]:
    key = latin.lower()
    if not key.isalpha():
        if any(c.isalpha() for c in key):
            key = key.translate(scripts.DIGIT_LOOKALIKES)
        key = _JUNK.sub("", key)
    return ((text, key, vowelless),) if key else ()


def _arabic(chunk: str) -> tuple[compounds.Part, ...]:
    if chunk.startswith("ال") and len(chunk) >= 4 and not chunk.startswith(("الله", "اللہ")):
        # The article stays a part of its own: "الكسي" is Aleksey, which article and rest together show.
        return ((chunk[:2], "al", True), *_arabic_word(chunk[2:]))
    return _arabic_word(chunk)


def _arabic_word(word: str) -> tuple[compounds.Part, ...]:
    bare = "".join(c for c in word if unicodedata.category(c) != "Mn")
    # s + h are two letters here; without a vowel between them they would read as one sound.
    parted = (f"a{c}" if c in _H_LETTERS and i else c for i, c in enumerate(bare))
    return _part(word, anyascii("".join(parted).translate(scripts.ARABIC)), True)


def _syllables(chunk: str, hangul: bool) -> tuple[compounds.Part, ...]:
    parts = [p.lower() for p in _CAMEL.findall(anyascii(chunk))]
    if hangul and parts:
        parts = [scripts.HANGUL_SURNAMES.get(parts[0], parts[0]), *parts[1:]]
    same_length = len(parts) == len(chunk)
    return tuple((chunk[i] if same_length else chunk, p, False) for i, p in enumerate(parts))
