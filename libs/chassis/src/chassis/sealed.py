"""Values that travel through Kafka for one reader only: HPKE (RFC 9180) with X25519, HKDF-SHA256, AES-256-GCM.

`info` binds a value to its purpose and owner: opened with another one, it fails.
"""

from __future__ import annotations

import base64
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class CannotOpen(Exception):
    """Not sealed for this key, for another purpose, or changed on the way."""


class Sealer:
    """Seals for the holder of the private key."""

    def __init__(self, public_key: X25519PublicKey) -> None:
        self._key = public_key

    @classmethod
    def from_file(cls, path: Path) -> Sealer:
        """From a file with the raw 32 bytes in base 64."""
        return cls(X25519PublicKey.from_public_bytes(base64.b64decode(path.read_text())))

    def seal(self, plaintext: bytes, info: str) -> bytes:
        return _SUITE.encrypt(plaintext, self._key, info=info.encode())


class Opener:
    """Opens what was sealed for its key."""

    def __init__(self, private_key: X25519PrivateKey) -> None:
        self._key = private_key

    @classmethod
    def from_file(cls, path: Path) -> Opener:
        """From a file with the raw 32 bytes in base 64."""
        return cls(X25519PrivateKey.from_private_bytes(base64.b64decode(path.read_text())))

    def open(self, sealed: bytes, info: str) -> bytes:
        """Raises CannotOpen."""
        try:
            return _SUITE.decrypt(sealed, self._key, info=info.encode())
        except (InvalidTag, ValueError):
            raise CannotOpen from None
