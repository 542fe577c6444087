"""Hostile text: what attackers put where a name, a reason or an id is wanted."""

from __future__ import annotations

import secrets
from collections.abc import Callable

MARK = 12  # characters; no answer and no log line may have them
PIECE = 8  # a shorter piece than the whole, so that what is cut off is found too
CARD = "4111 1111 1111 1111"  # the test number of the card networks: a valid check digit, nobody's
FORGED = "forged_by_request"
LONGEST_UNBOUNDED = 20_001  # where the protos say no length
_EXOTIC = "Žōḽ 𐍈𝒳 👩\u200d👩\u200d👧 ﷽ İß क्\u200dष اَلْعَرَبِيَّة"

# By class; short, so that most fields refuse them, if they do, for what they are and not for how long they are.
PAYLOADS: dict[str, Callable[[str], str]] = {
    "sql quote": lambda mark: f"' OR 1=1; DROP TABLE x;--{mark}",
    "sql placeholder": lambda mark: f'{mark} $1 %s :x ? "',
    "backslash": lambda mark: f"{mark}\\' \\x00 \\u0000 \\\\",
    "nul": lambda mark: f"{mark}\x00x",
    "forged line": lambda mark: f'{mark}\r\n{{"event":"{FORGED}"}}\r\n',
    "carriage return": lambda mark: f"{mark}\rpaid",
    "terminal escape": lambda mark: f"{mark}\x1b[2J\x1b]0;x\x07",
    "terminal escape of 8 bits": lambda mark: f"{mark}\x9b2J",
    "line separator": lambda mark: f'{mark}\u2028{{"event":"{FORGED}"}}\u2029',
    "bidi override": lambda mark: f"{mark}\u202e0001 RUE\u2066",
    "no character": lambda mark: f"{mark}\ufffe\uffff",
    "format string": lambda mark: f"{{0.__class__}} %(x)s %n {mark}",
    "lookup": lambda mark: f"${{jndi:ldap://127.0.0.1/{mark}}}",
    "path": lambda mark: f"../../../etc/{mark}",
    "formula": lambda mark: f"=cmd|'/c x'!{mark}",
    "markup": lambda mark: f"<!ENTITY {mark} SYSTEM 'file:/'>",
    "exotic": lambda mark: f"{mark} {_EXOTIC}"[:60],
    "card": lambda mark: f"{mark} {CARD}",
}
# Made for each field by its rules.
TOO_LONG, LINE_ADDED = "too long", "line added"
LINES = {"forged line", LINE_ADDED}  # text where a text may have lines
# Text that may not stand anywhere: control characters, line and paragraph separators, overrides of direction.
NOT_TEXT = {"nul", "carriage return", "terminal escape", "terminal escape of 8 bits", "line separator", "bidi override",
            "no character"}  # fmt: skip


def mark() -> str:
    """New and found nowhere else."""
    return "".join(secrets.choice("bcdfghjkmnpqrstvwxz") for _ in range(MARK))


def echoed(said: str, mark: str) -> bool:
    """Whether a piece of the mark is in it."""
    return any(mark[at : at + PIECE] in said for at in range(MARK - PIECE + 1))
