"""Name parts that are written together or apart: abd al-Rahman, Abu Bakr, Nur al-Din, Sana ullah, al-Zarqawi."""

import re
from collections.abc import Sequence

from .lexicon import ARTICLES, KUNYA, OPTIONAL, SERVANT, words

Part = tuple[str, str, bool]
"""(as written, folded, vowelless)"""

_DIN = words("din deen dine dyn eddine eddin uddin oddin aldin addin eldin eldine uldin")
_ALLAH = words("allah ullah alla ulla ollah olla ellah allh lah llah")
_FUSED_DIN = re.compile(r"^(.{3,}?)(?:[aeiou]{1,2}dd|[aeiou]?ld|u+d)(?:in|een|ine|ene|yn)e?$")
_FUSED_ALLAH = re.compile(r"^(.{3,}?)[auo]ll?ah?$")
_FUSED_ABD = re.compile(r"^[ae]bd(?:[aeiou]{0,2}(?:l|r(?=r)|s(?=[sh])|z(?=z)|n(?=n)|t(?=t)))?[aeiou]{0,2}?(?=[a-z]{3})(.{3,})$")
_FUSED_ABD_AL = re.compile(r"^[ae]bd[aeou]{1,2}l([^aeioul].+)$")
_ABDULLAH = re.compile(r"[ae]bd[aeou]{1,2}ll?[aeo]h?")


def glue(raw: Sequence[Part]) -> list[Part]:
    """Compounds become one part each, in one spelling whatever the way they were written."""
    out: list[Part] = []
    i = 0
    while i < len(raw):
        end, head = _bound(raw, i)
        if end:
            out.append(_merge(raw[i : end + 1], _compound(head, raw[end][1])))
            i = end + 1
            continue
        text, key, vowelless = raw[i]
        suffix = "din" if key in _DIN else "ullah" if key in _ALLAH else ""
        stem_at = _stem(out) if suffix else -1
        if stem_at >= 0:
            merged = _merge((*out[stem_at:], raw[i]), out[stem_at][1] + suffix)
            out[stem_at:] = [merged]
        else:
            out.append((text, canonical(key), vowelless))
        i += 1
    return out


def canonical(key: str) -> str:
    """One spelling for a compound that is written as one word."""
    if key.startswith(("abd", "ebd")) and len(key) >= 7:
        if _ABDULLAH.fullmatch(key):
            return "abdullah"
        match = _FUSED_ABD_AL.match(key) or _FUSED_ABD.match(key)
        return "abd" + match.group(1) if match else key
    if key.endswith(("din", "een", "dine", "dene", "dyn")) and (match := _FUSED_DIN.match(key)):
        return match.group(1) + "din"
    if key.endswith(("lla", "llah", "lah")) and (match := _FUSED_ALLAH.match(key)):
        return match.group(1) + "ullah"
    return _without_article(key)


def _bound(raw: Sequence[Part], i: int) -> tuple[int, str]:
    """Last position and head of the compound "abd ..." or "abu ..." that starts at i, or (0, "")."""
    key = raw[i][1]
    head = "abd" if key in SERVANT else "abu" if key in KUNYA else ""
    if not head or i + 1 >= len(raw):
        return 0, ""
    end = i + 1
    while end < len(raw) - 1 and raw[end][1] in ARTICLES:
        end += 1
    rest = raw[end][1]
    return (end, head) if len(rest) > 1 and rest not in OPTIONAL else (0, "")


def _compound(head: str, rest: str) -> str:
    if head == "abd" and rest in _ALLAH:
        return "abdullah"
    return head + (rest if rest.startswith("abd") else _without_article(rest))


def _stem(out: Sequence[Part]) -> int:
    """Position of the part a following "din" or "ullah" belongs to, articles skipped; -1 when there is none."""
    at = len(out) - 1
    while at >= 0 and out[at][1] in ARTICLES:
        at -= 1
    return at if at >= 0 and out[at][1] not in OPTIONAL and len(out[at][1]) > 1 else -1


def _merge(parts: Sequence[Part], key: str) -> Part:
    return " ".join(p[0] for p in parts), key, any(p[2] for p in parts)


def _without_article(key: str) -> str:
    """ "alzarqawi" -> "zarqawi": only when a long enough rest stays and no common name begins like that."""
    if len(key) >= 7 and key[:2] in ("al", "el") and key[2] not in "aeioulfbtvmp":
        return key[2:]
    return key
