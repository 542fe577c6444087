"""How a folded token sounds: one fold over the romanisation habits of the main transliterated languages."""

import re
from functools import lru_cache
from typing import NamedTuple

# Order matters: longer spellings first. Capitals stand for single sounds (C = ch, S = sh, Z = zh).
_CONSONANTS = (
    ("shch", "C"), ("tsch", "C"), ("tch", "C"), ("tsh", "C"), ("sch", "S"), ("sh", "S"), ("sz", "S"),
    ("dzh", "j"), ("dj", "j"), ("zh", "Z"), ("cz", "C"), ("ch", "C"), ("ph", "f"), ("kh", "h"), ("gh", "g"),
    ("dh", "d"), ("th", "t"), ("ck", "k"), ("q", "k"), ("ce", "se"), ("ci", "si"), ("cy", "si"), ("c", "k"),
    ("tz", "ts"), ("x", "ks"),
)  # fmt: skip
_VOWELS = (
    ("ou", "u"), ("oo", "u"), ("ee", "i"), ("iy", "i"), ("yy", "i"), ("ea", "i"), ("eo", "o"), ("oe", "o"),
    ("eu", "u"), ("y", "i"), ("w", "v"), ("iev", "ev"), ("iav", "ev"),
)  # fmt: skip
_ENDINGS = (("ie", "i"), ("ij", "i"), ("off", "ov"), ("of", "ov"), ("eff", "ev"), ("ef", "ev"), ("z", "s"))
_DOUBLED = re.compile(r"(.)\1+")
_SILENT_H = re.compile(r"(?<=[aeiou])h$")
_FAMILIES = str.maketrans("tdszkgqjcx", "TTTTKKKKKK", "aeiouywh")
_UNVOICED = str.maketrans("", "", "aeiouyw")


class Sound(NamedTuple):
    """phon: phonetic spelling; bones: its consonants; families: consonants by kind and without h, as
    languages read one Arabic letter differently and "sh" may be one sound or two; voweled: short vowels are written."""

    phon: str
    bones: str
    families: str
    voweled: bool


@lru_cache(maxsize=262144)
def sound_of(key: str) -> Sound:
    """key: folded Latin letters and digits."""
    hard = _harden(key)
    voweled = len(key) <= 2 or any(c in "aeiou" for c in key[1:])
    # Persian writes q as gh (Ghasemi, Qasemi); heard alone the two are far apart, so only the bones merge them.
    bones = _bones(_harden(key.replace("gh", "k")) if "gh" in key else hard)
    families = _DOUBLED.sub(r"\1", key.translate(_FAMILIES))
    return Sound(_phonetic(hard) or key, bones, families, voweled)


def _harden(key: str) -> str:
    for spelled, sound in _CONSONANTS:
        if spelled in key:
            key = key.replace(spelled, sound)
    return key


def _phonetic(hard: str) -> str:
    phon = hard
    for spelled, sound in _VOWELS:
        if spelled in phon:
            phon = phon.replace(spelled, sound)
    for ending, sound in _ENDINGS:
        if phon.endswith(ending) and len(phon) > len(ending) + 1:
            phon = phon[: -len(ending)] + sound
            break
    return _DOUBLED.sub(r"\1", _SILENT_H.sub("", phon))


def _bones(hard: str) -> str:
    """Consonants only; w and y count as vowels after the first letter, as long vowels in Arabic do."""
    first = "S" if hard[:1] == "C" else "v" if hard[:1] == "w" else "" if hard[:1] in "aeiouy" else hard[:1]
    # French and English spellings differ over ch and sh (Cherif, Sherif), many over s and z.
    hard = hard.replace("C", "S").replace("z", "s")
    bones = _DOUBLED.sub(r"\1", first + hard[1:].translate(_UNVOICED))
    return bones[:-1] if len(bones) > 2 and bones.endswith("h") else bones
