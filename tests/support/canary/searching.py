"""Marks in bytes: as they are, in any case, and within hex, base64, URL escapes, UTF-16 and compressed streams, also nested.

Not the marks are put into all those forms but the bytes are taken out of them: one search then finds every nesting.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterator, Mapping
from urllib.parse import unquote_to_bytes

_HEX = re.compile(rb"(?:[0-9a-fA-F]{2}){6,}")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{11,}")
_ZLIB = re.compile(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08")
_ESCAPED = re.compile(rb"\\u([0-9a-fA-F]{4})")
_DEEPEST = 3
_LONGEST_WORD = 4_000_000
TOKEN = re.compile(rb"eyj[a-z0-9_-]{15,}\.eyj[a-z0-9_-]{15,}\.[a-z0-9_-]{20,}")  # in small letters, as all that is searched


def found(data: bytes, marks: Mapping[str, str]) -> list[str]:
    """Which marks are in `data`, and "token" where a JWT is."""
    text = b"\n".join(_readable(data, _DEEPEST)).lower()
    hits = [what for what, mark in marks.items() if _has(text, mark.lower().encode())]
    return hits + (["token"] if TOKEN.search(text) else [])


def _has(text: bytes, mark: bytes) -> bool:
    """Few digits are in many a random number, so they count alone only."""
    if mark not in text:
        return False
    if not mark.isdigit() or len(mark) > 12:
        return True
    return re.search(rb"(?<![0-9a-z])" + mark + rb"(?![0-9a-z])", text) is not None


def _readable(data: bytes, depth: int) -> Iterator[bytes]:
    """`data`, and everything that is packed in it."""
    yield data
    if b"\0" in data:
        yield data.replace(b"\0", b"")  # UTF-16 of Latin letters
    if b"%" in data:
        yield unquote_to_bytes(data)
    if b"\\u" in data:
        yield _ESCAPED.sub(lambda match: chr(int(match[1], 16)).encode(errors="replace"), data)
    if depth:
        inner = b"\n".join(_unpacked(data))
        if inner:
            yield from _readable(inner, depth - 1)


def _unpacked(data: bytes) -> Iterator[bytes]:
    for match in _HEX.finditer(data):
        yield binascii.unhexlify(match[0])
    for match in _BASE64.finditer(data):
        if _HEX.fullmatch(match[0]) is None and _looks_packed(match[0]):
            yield from _bytes_of(match[0])
    for match in _ZLIB.finditer(data):
        engine = zlib.decompressobj(wbits=47)  # zlib's header or gzip's
        try:
            yield engine.decompress(data[match.start() : match.start() + _LONGEST_WORD], _LONGEST_WORD)
        except zlib.error:
            continue


def _looks_packed(word: bytes) -> bool:
    """Names of columns and words of a language are not worth the look."""
    return any(48 <= char <= 57 for char in word) or (not word.islower() and not word.isupper())


def _bytes_of(word: bytes) -> Iterator[bytes]:
    plain = word.replace(b"-", b"+").replace(b"_", b"/")
    for start in range(4):  # where the word begins within a longer one is not known
        part = plain[start:]
        if len(part) % 4 == 1:
            part = part[:-1]
        yield base64.b64decode(part + b"=" * (-len(part) % 4))
