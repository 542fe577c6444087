"""Which characters a font can show, from its `cmap` table (OpenType 1.9, formats 4 and 12)."""

from __future__ import annotations

import struct
import unicodedata

_FORMAT_4, _FORMAT_12 = 4, 12
_WITHOUT_GLYPH = frozenset("\n\r\t\u00ad\u200c\u200d\u200e\u200f")  # line ends, joiners that Persian needs, marks
# Embeddings, overrides and isolates (Unicode Bidirectional Algorithm): text could read otherwise than it is stored.
_REORDERING = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))


def covered(font: bytes) -> frozenset[int]:
    """Code points that have a glyph; raises ValueError for a font without a readable table."""
    cmap = _table(font, b"cmap")
    found: set[int] = set()
    (count,) = struct.unpack_from(">H", font, cmap + 2)
    for place in range(count):
        (offset,) = struct.unpack_from(">I", font, cmap + 4 + 8 * place + 4)
        at = cmap + offset
        (kind,) = struct.unpack_from(">H", font, at)
        if kind == _FORMAT_4:
            found |= _segments(font, at)
        elif kind == _FORMAT_12:
            found |= _groups(font, at)
    if not found:
        raise ValueError("the font has no readable cmap")
    return frozenset(found)


def _table(font: bytes, tag: bytes) -> int:
    (count,) = struct.unpack_from(">H", font, 4)
    for place in range(count):
        name, _checksum, offset, _length = struct.unpack_from(">4sIII", font, 12 + 16 * place)
        if name == tag:
            return int(offset)
    raise ValueError("the font has no cmap")


def _segments(font: bytes, at: int) -> set[int]:
    (doubled,) = struct.unpack_from(">H", font, at + 6)
    count = doubled // 2
    ends = struct.unpack_from(f">{count}H", font, at + 14)
    starts = struct.unpack_from(f">{count}H", font, at + 16 + doubled)
    return {code for start, end in zip(starts, ends, strict=True) for code in range(start, end + 1) if code != 0xFFFF}


def _groups(font: bytes, at: int) -> set[int]:
    (count,) = struct.unpack_from(">I", font, at + 12)
    found: set[int] = set()
    for place in range(count):
        start, end, _glyph = struct.unpack_from(">III", font, at + 16 + 12 * place)
        found |= set(range(start, end + 1))
    return found


def missing(text: str, codes: frozenset[int]) -> str:
    """The characters of `text` that cannot be shown, each once, in order; those that would change the order of others as well."""
    return "".join(dict.fromkeys(c for c in text if c not in _WITHOUT_GLYPH and (c in _REORDERING or not _shown(c, codes))))


def _shown(character: str, codes: frozenset[int]) -> bool:
    return ord(character) in codes and unicodedata.category(character) != "Cc"
