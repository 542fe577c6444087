"""The key that signs roots, and the set of public keys they are verified with. Retired keys stay in the set for ever."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from chassis.vault import private_files
from chassis.vault.errors import KeyProviderFault


class NotASigningKey(Exception):
    """The file holds no Ed25519 private key, or others than its owner may touch it."""


class SigningKey:
    """An Ed25519 key (PEM, PKCS #8) that is read again when its file changes; its public half is added to `jwks_file`."""

    def __init__(self, file: Path, jwks_file: Path) -> None:
        self._file, self._jwks_file = file, jwks_file
        self._read_as: tuple[int, int, int] | None = None
        self._key: Ed25519PrivateKey
        self._id = ""

    def current(self) -> tuple[str, Ed25519PrivateKey]:
        """The key's id and the key. Its public half is in the set before it is given out.

        Raises:
            OSError: a file is missing or cannot be written.
            NotASigningKey: it is another kind of key, or none, or others may touch its file.
        """
        found = self._file.stat()
        state = (found.st_mtime_ns, found.st_size, found.st_ino)
        if state != self._read_as:
            key = _load(self._file)
            jwk = public_jwk(key)
            _add(self._jwks_file, jwk)
            self._id, self._key, self._read_as = jwk["kid"], key, state
        return self._id, self._key


def _load(file: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(private_files.read(file).encode(), password=None)
    except KeyProviderFault as fault:
        raise NotASigningKey(str(fault)) from None
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise NotASigningKey(f"{file.name} must hold an Ed25519 private key, PEM, without a password")
    return key


def public_jwk(key: Ed25519PrivateKey) -> dict[str, str]:
    """The public half (RFC 8037); its id is the thumbprint of RFC 7638."""
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    named = {"crv": "Ed25519", "kty": "OKP", "x": _unpadded(raw)}
    thumbprint = hashlib.sha256(json.dumps(named, separators=(",", ":"), sort_keys=True).encode()).digest()
    return named | {"kid": _unpadded(thumbprint), "alg": "EdDSA", "use": "sig"}


def _unpadded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _add(jwks_file: Path, jwk: dict[str, str]) -> None:
    """Whole or not at all, so that a reader never finds half a set."""
    known = json.loads(jwks_file.read_text())["keys"] if jwks_file.exists() else []
    if any(each["kid"] == jwk["kid"] for each in known):
        return
    temporary = jwks_file.with_name(f"{jwks_file.name}.{os.getpid()}")
    with temporary.open("w") as file:
        json.dump({"keys": [*known, jwk]}, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(jwks_file)
