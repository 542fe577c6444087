"""Rules of the protos in words: what a value must look like, without the rule's regular expression."""

from __future__ import annotations

import re

_PATTERN = re.compile(r"does not match regex pattern `(.*)`", re.DOTALL)
_ID = re.compile(r"\^\(?([a-z]+_)\[0-7\]")
_OPTIONAL = re.compile(r"\^\((.*)\)\?\$", re.DOTALL)
_WORDS = {
    r"^\d{4}-\d{2}-\d{2}$": "write it as YYYY-MM-DD, for example 1990-05-17",
    "^[A-Z]{2}$": "must be a country's ISO 3166-1 alpha-2 code, for example GB or PK",
    "^[A-Z]{3}$": "must be the ISO 4217 code of a currency, for example GBP",
    r"^\+[1-9]\d{6,14}$": "write it as +923001234567",
    "^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$": "must be a BIC of 8 or 11 characters in capitals, for example INDUPKKA",
    "^[0-9a-f]{64}$": "must be the 64 hexadecimal digits that are shown with it",
    "^[A-Z0-9]{4,34}$": "must be an IBAN or account number: 4 to 34 digits and capitals",
    "^[A-Z0-9]{0,35}$": "must be at most 35 digits and capitals, for example 9186",
    "^[A-Z][A-Z0-9_]{1,31}$": "must be a kind in capitals, for example CNIC",
    "^[a-z][a-z0-9_]{0,31}$": "must be the name of a field in small letters, for example iban",
    "^[a-z][a-z0-9-]{1,30}$": "must be a name in small letters, digits and hyphens, for example indus",
    "^[a-z][a-z0-9-]{1,40}$": "must be a name in small letters, digits and hyphens, for example ofac-sdn",
    "^[A-Za-z0-9._/-]{3,64}$": "must be the number of a case that names nobody, for example REQ-2026-17: 3 to 64 letters,"
    " digits and . _ / -, no spaces",
    "^[a-zA-Z0-9._-]{1,80}$": "must be a file's name without a folder, for example sdn.csv",
}


def id_prefix(message: str) -> str:
    """Of the id that is asked for, such as ``org_``; "" when it is none."""
    pattern = _PATTERN.search(message)
    found = _ID.match(pattern[1]) if pattern else None
    return found[1] if found else ""


def in_words(message: str) -> str:
    """What a value must look like; the message itself where there is no pattern in it."""
    pattern = _PATTERN.search(message)
    if pattern is None:
        return message
    prefix = id_prefix(message)
    optional = _OPTIONAL.fullmatch(pattern[1])
    plain = f"^{optional[1]}$" if optional else pattern[1]
    return f"must be an id of the form {prefix}..." if prefix else _WORDS.get(plain, "is not in the form it must have")
