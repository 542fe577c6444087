"""International bank account numbers (ISO 13616)."""

from __future__ import annotations

import secrets

_LENGTHS = range(15, 35)


def parse(text: str) -> str:
    """Without blanks, in capitals; raises ValueError when it is none. Mod 97 must be 1."""
    iban = text.replace(" ", "").upper()
    if not iban.isascii() or not iban.isalnum() or len(iban) not in _LENGTHS:
        raise ValueError(f"{text!r} is not an IBAN")
    if _remainder(iban) != 1:
        raise ValueError(f"{text!r} fails the check digits of an IBAN")
    return iban


def invented() -> str:
    """A new one of the development bank: Dutch by its form, of a bank that does not exist."""
    number = f"{secrets.randbelow(10**10):010d}"
    return f"NL{98 - _remainder(f'NL00MOCK{number}'):02d}MOCK{number}"


def _remainder(iban: str) -> int:
    return int("".join(str(int(character, 36)) for character in iban[4:] + iban[:4])) % 97
