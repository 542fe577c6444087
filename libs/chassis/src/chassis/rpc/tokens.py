"""Bearer tokens: JWTs signed with Ed25519 or ES256 by a key of the configured set, never by one the token brings."""

from __future__ import annotations

import hashlib
import json
import time
from collections import OrderedDict
from pathlib import Path
from typing import Any

import jwt

from chassis.errors import Unauthenticated
from chassis.rpc.call import Caller

ALGORITHMS = ("EdDSA", "ES256")
_SKEW_S = 60
_CACHED = 10_000
_SAY = "send a valid bearer token in the authorization metadata"


class TokenVerifier:
    """Verifies tokens against a JWKS file; a verified token is remembered until it expires."""

    def __init__(self, keys_file: Path, audience: str) -> None:
        keys = json.loads(keys_file.read_text())["keys"]
        self._keys = {key["kid"]: jwt.PyJWK(key) for key in keys if key.get("alg") in ALGORITHMS}
        self._audience = audience
        self._verified: OrderedDict[bytes, tuple[Caller, float]] = OrderedDict()

    def verify(self, authorization: str) -> Caller:
        """The caller; raises Unauthenticated, without saying which check failed."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated(_SAY)
        digest = hashlib.sha256(token.encode()).digest()
        known = self._verified.get(digest)
        if known and known[1] > time.time():
            return known[0]
        claims = self._claims(token)
        caller = Caller(str(claims["sub"]), str(claims.get("org", "")), frozenset(map(str, claims.get("roles", ()))))
        self._verified[digest] = (caller, float(claims["exp"]))
        while len(self._verified) > _CACHED:
            self._verified.popitem(last=False)
        return caller

    def _claims(self, token: str) -> dict[str, Any]:
        try:
            key = self._keys[jwt.get_unverified_header(token)["kid"]]
            claims: dict[str, Any] = jwt.decode(
                token, key, algorithms=[key.algorithm_name], audience=self._audience, leeway=_SKEW_S,
                options={"require": ["exp", "sub", "aud", "iat"]},
            )  # fmt: skip
        except (jwt.PyJWTError, KeyError, ValueError):
            raise Unauthenticated(_SAY) from None
        return claims
