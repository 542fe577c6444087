"""Finding a sealed value by what it is: a keyed hash beside it, the same for the same value. Its key is none of the vault's.

Equal values have equal hashes: that is what it tells whoever reads the table, and with the key it can be guessed from all
possible numbers. Keep the key apart from the database, and delete the hash with the value: destroying a subject's key does not.
"""

from __future__ import annotations

import hmac
import unicodedata
from pathlib import Path
from typing import NamedTuple

from chassis.logging import logger
from chassis.plain_text import letters_and_digits
from chassis.vault import private_files
from chassis.vault.blob import framed
from chassis.vault.errors import KeyProviderFault

INDEX_BYTES = 32


class Normalised(NamedTuple):
    """What is hashed: the same for every way to write one value. `purpose` keeps equal texts of two kinds apart."""

    purpose: str
    parts: tuple[str, ...]


def identity_number(country: str, scheme: str, value: str) -> Normalised:
    """`country` is ISO 3166 alpha-2, `scheme` the kind of number there; hyphens, dots, spaces and case do not count."""
    return Normalised("identity-number", (country.strip().upper(), scheme.strip().upper(), _not_empty(letters_and_digits(value))))


def account_number(value: str) -> Normalised:
    """An IBAN, or the number of an account with all that makes it unique (a bank code before it)."""
    return Normalised("account-number", (_not_empty(letters_and_digits(value)),))


def email(value: str) -> Normalised:
    """Case does not count, in the local part either: mailboxes that differ by it alone do not occur."""
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFC", value).lower()).strip()
    return Normalised("email", (_not_empty(text),))


def _not_empty(text: str) -> str:
    if not text:
        raise ValueError("nothing is left of this value to look it up by")
    return text


class Entry(NamedTuple):
    """A keyed hash, HMAC-SHA256 (32 bytes), and the id of its key (8 bytes)."""

    key_id: bytes
    digest: bytes


class BlindIndex:
    """Keys come from a file of mode 0600: 32 random bytes in base 64 on its first line; while keys change, the previous one on
    its second. The file is read again when it changes; one that is unusable by then is reported and the known keys stay.

    To change keys: `new_key`; what is stored from then on is stored by both keys, so that it is equal to what was there before;
    compute what is missing again from the opened values; then drop the second line.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = self._signature()
        self._keys = self._read()

    def entries(self, value: Normalised) -> list[Entry]:
        """What to store beside the sealed value: by the current key, then by the previous one if there is."""
        self._follow()
        message = framed("kamai.blind", value.purpose, *value.parts)
        return [Entry(_id(key), hmac.digest(key, message, "sha256")) for key in self._keys]

    def candidates(self, value: Normalised) -> list[bytes]:
        """The digests that may be stored for `value`, for `= ANY($1)`."""
        return [entry.digest for entry in self.entries(value)]

    def current_key(self) -> bytes:
        """The id of the current key."""
        self._follow()
        return _id(self._keys[0])

    def _follow(self) -> None:
        if (signature := self._signature()) == self._seen:
            return
        self._seen = signature
        try:
            self._keys = self._read()
        except KeyProviderFault as fault:
            logger().error("the keys of the blind index were not read again", error=type(fault).__name__)

    def _signature(self) -> tuple[int, int, int] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ino, status.st_size

    def _read(self) -> list[bytes]:
        lines = private_files.read(self._path).split()
        if not 1 <= len(lines) <= 2:
            raise KeyProviderFault(f"{self._path}: must hold one key, or two while they change")
        return [private_files.decoded(line, self._path) for line in lines]


def _id(key: bytes) -> bytes:
    return hmac.digest(key, framed("kamai.blind.key"), "sha256")[:8]


def new_key(path: Path) -> None:
    """Makes a new first key; the one that was first becomes the previous. Also makes the file. Raises KeyProviderFault while
    there is a previous one: something may be stored by it alone."""
    previous = private_files.read(path).split() if path.exists() else []
    if len(previous) > 1:
        raise KeyProviderFault(f"{path}: the last change of keys is not over; compute the index again, then drop the second line")
    private_files.write(path, "\n".join([private_files.new_key_text(), *previous]) + "\n")
