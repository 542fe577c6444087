"""Tokens for tests, signed with a key of the test."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Sequence
from pathlib import Path

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class TokenMaker:
    """Signs tokens; `jwks` is the file a service verifies them with."""

    def __init__(self, directory: Path) -> None:
        self._key = Ed25519PrivateKey.generate()
        raw = self._key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        x = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
        self.jwks = directory / "jwks.json"
        key = {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": "test", "alg": "EdDSA", "use": "sig"}
        self.jwks.write_text(json.dumps({"keys": [key]}))

    def token(self, subject: str, organisation_id: str = "", roles: Sequence[str] = (), lifetime_s: int = 3600) -> str:
        now = int(time.time())
        claims = {"sub": subject, "aud": "kamai", "iat": now, "exp": now + lifetime_s, "org": organisation_id, "roles": [*roles]}
        return jwt.encode(claims, self._key, algorithm="EdDSA", headers={"kid": "test"})

    def metadata(self, subject: str, organisation_id: str = "", roles: Sequence[str] = ()) -> tuple[tuple[str, str], ...]:
        """gRPC metadata of a caller."""
        return (("authorization", f"Bearer {self.token(subject, organisation_id, roles)}"),)
