"""Who holds the root keys. A provider wraps and unwraps key-encryption keys; it is asked when a process opens its keyring, when a
key-encryption key is made and when the root key changes, never for a value.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chassis.vault import blob, private_files
from chassis.vault.errors import KeyProviderFault

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A 32-byte key as a provider wrapped it, and which root key it took."""

    provider: str
    key_id: str
    wrapped: bytes = field(repr=False)


class KeyProvider(Protocol):
    """Both raise KeyProviderFault. `context` is bound to the wrapped key: it opens with the same one only."""

    @property
    def name(self) -> str: ...

    async def wrap(self, key: bytes, context: Mapping[str, str]) -> Wrapped:
        """Wraps with the root key that is current now."""
        ...

    async def unwrap(self, wrapped: Wrapped, context: Mapping[str, str]) -> bytes: ...


class FileKeys:
    """Root keys as files `<id>.key` (32 random bytes in base 64, mode 0600); the file `current` holds the id of the one that
    wraps.

    Files are read anew at every use, which is rare: a new root key needs no restart.
    """

    name = "file"

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def wrap(self, key: bytes, context: Mapping[str, str]) -> Wrapped:
        return await asyncio.to_thread(self._wrap, key, context)

    async def unwrap(self, wrapped: Wrapped, context: Mapping[str, str]) -> bytes:
        return await asyncio.to_thread(self._unwrap, wrapped, context)

    def _wrap(self, key: bytes, context: Mapping[str, str]) -> Wrapped:
        key_id = private_files.read(self._directory / "current").strip()
        return Wrapped(self.name, key_id, blob.seal(self._root(key_id), b"", _bound_to(key_id, context), key))

    def _unwrap(self, wrapped: Wrapped, context: Mapping[str, str]) -> bytes:
        try:
            return blob.open_(self._root(wrapped.key_id), 0, _bound_to(wrapped.key_id, context), wrapped.wrapped)
        except InvalidTag:
            raise KeyProviderFault(f"root key {wrapped.key_id} does not open this key: another one, or changed") from None

    def _root(self, key_id: str) -> AESGCM:
        if not _ID.fullmatch(key_id):
            raise KeyProviderFault("the id of a root key has 1 to 64 small letters, digits and hyphens")
        path = self._directory / f"{key_id}.key"
        return AESGCM(private_files.decoded(private_files.read(path), path))


def new_file_key(directory: Path) -> str:
    """Makes a root key, the current one from now on, and returns its id. The others stay until nothing is wrapped by them."""
    key_id = f"root-{secrets.token_hex(8)}"
    private_files.write(directory / f"{key_id}.key", private_files.new_key_text() + "\n")
    private_files.write(directory / "current", f"{key_id}\n")
    return key_id


def _bound_to(key_id: str, context: Mapping[str, str]) -> bytes:
    pairs = [part for pair in sorted(context.items()) for part in pair]
    return blob.framed("kamai.root", key_id, *pairs)
