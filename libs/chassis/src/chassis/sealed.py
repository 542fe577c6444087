"""Values that travel through Kafka for one reader only: HPKE (RFC 9180) with X25519, HKDF-SHA256, AES-256-GCM.

`info` binds a value to its purpose and owner: opened with another one, it fails.
"""

from __future__ import annotations

import base64
import contextlib
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from chassis.identity.files import Unusable, Watched
from chassis.vault import private_files
from chassis.vault.errors import KeyProviderFault

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class CannotOpen(Exception):
    """Not sealed for this key, for another purpose, or changed on the way."""


class Sealer:
    """Seals for the holder of the private key."""

    def __init__(self, file: Path) -> None:
        """`file`: the raw 32 bytes of the public key in base 64. It is read again when it changes. Raises Unusable."""
        self._key = Watched("public key of payment instructions", (file,), lambda: _public(file))

    def seal(self, plaintext: bytes, info: str) -> bytes:
        return _SUITE.encrypt(plaintext, self._key.current(), info=info.encode())


class Opener:
    """Opens what was sealed for one of its keys."""

    def __init__(self, file: Path) -> None:
        """`file`: a line for each private key, the raw 32 bytes in base 64, the newest first; older ones open what was sealed
        earlier. It is read again when it changes. Raises Unusable."""
        self._keys = Watched("private keys of payment instructions", (file,), lambda: _private(file))

    def open(self, sealed: bytes, info: str) -> bytes:
        """Raises CannotOpen."""
        for key in self._keys.current():
            with contextlib.suppress(InvalidTag, ValueError):
                return _SUITE.decrypt(sealed, key, info=info.encode())
        raise CannotOpen


def _public(file: Path) -> X25519PublicKey:
    return X25519PublicKey.from_public_bytes(base64.b64decode(file.read_text()))


def _private(file: Path) -> list[X25519PrivateKey]:
    try:
        lines = private_files.read(file).split()
        keys = [X25519PrivateKey.from_private_bytes(private_files.decoded(line, file)) for line in lines]
    except KeyProviderFault as found:
        raise Unusable(str(found)) from None
    if not keys:
        raise Unusable(f"{file}: holds no key")
    return keys
