"""Bearer tokens: a fixed text, a callable, or tokens of the development stack signed with its own key."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

Token = str | Callable[[], str]
"""A bearer token, or what gives one; it is asked at every call, so it should remember what it gave."""

AUDIENCE = "kamai"
ROLES = ("procurement", "finance", "compliance", "contractor", "bank", "operator")
_RENEW_S = 60


def bearer(token: Token | None) -> str:
    """Value of the authorization metadata; "" for none."""
    text = token() if callable(token) else token
    return f"Bearer {text}" if text else ""


class DevTokens:
    """Signs tokens as the development stack's identity provider (EdDSA, RFC 8037).

    Args:
        key_file: Ed25519 private key (PEM), KAMAI_DEV_TOKEN_KEY of the stack.
        jwks_file: the JWK set that services verify with; by default ``jwks.json`` beside the key.

    Raises:
        OSError: a file cannot be read.
        ValueError: the key is no Ed25519 key, or not of the set.
    """

    def __init__(self, key_file: Path, jwks_file: Path | None = None, *, lifetime_s: int = 3600) -> None:
        key = load_pem_private_key(key_file.read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError(f"{key_file} is not an Ed25519 private key")
        self._key, self._lifetime_s = key, lifetime_s
        self._key_id = _key_id(key, jwks_file or key_file.with_name("jwks.json"))

    def sign(self, subject: str, organisation_id: str = "", roles: Sequence[str] = ROLES) -> str:
        """A token for a person; `organisation_id` "" is staff of the platform or a contractor."""
        now = int(time.time())
        claims: dict[str, object] = {
            "sub": subject, "aud": AUDIENCE, "iat": now, "exp": now + self._lifetime_s, "roles": list(roles),
        }  # fmt: skip
        if organisation_id:
            claims["org"] = organisation_id
        return jwt.encode(claims, self._key, algorithm="EdDSA", headers={"kid": self._key_id})

    def source(self, subject: str, organisation_id: str = "", roles: Sequence[str] = ROLES) -> Callable[[], str]:
        """A token that is signed anew a minute before it expires."""
        held = ("", 0.0)

        def token() -> str:
            nonlocal held
            if held[1] < time.monotonic():
                held = (self.sign(subject, organisation_id, roles), time.monotonic() + self._lifetime_s - _RENEW_S)
            return held[0]

        return token


def _key_id(key: Ed25519PrivateKey, jwks_file: Path) -> str:
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    public = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    for entry in json.loads(jwks_file.read_text())["keys"]:
        if entry.get("x") == public:
            return str(entry["kid"])
    raise ValueError(f"{jwks_file} has no key that belongs to the private key beside it")
