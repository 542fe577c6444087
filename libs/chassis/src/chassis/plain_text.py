"""Texts that people write in many ways, in one."""

from __future__ import annotations

import unicodedata


def letters_and_digits(value: str) -> str:
    """Those alone, in capitals. Full-width and other forms of a letter, and digits of any script, count as the plain ones."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", value).upper())
    return "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in plain if sign.isalnum())
