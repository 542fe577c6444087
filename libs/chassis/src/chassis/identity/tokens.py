"""Bearer tokens: signed JWTs (RFC 7519, 8725, 9068) of one issuer, for us, now; keys are taken from the issuer's set alone."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import jwt

from chassis.identity import claims as claim
from chassis.identity.claims import ClaimNames
from chassis.identity.key_set import Key
from chassis.identity.key_sources import KeySource
from chassis.identity.refusals import Cause, Refused
from chassis.rpc.call import Caller

MAX_BYTES = 8 * 1024
_CACHED = 10_000
_FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_REQUIRED = ["iss", "sub", "aud", "exp", "iat"]
_ACCESS_TOKEN = ("at+jwt", "application/at+jwt")
_TYPES = (*_ACCESS_TOKEN, "jwt", "application/jwt", "")  # some issuers name none
_CAUSES = (
    (jwt.InvalidSignatureError, Cause.BAD_SIGNATURE),
    (jwt.ExpiredSignatureError, Cause.EXPIRED),
    (jwt.ImmatureSignatureError, Cause.NOT_YET_VALID),
    (jwt.InvalidAudienceError, Cause.WRONG_AUDIENCE),
    (jwt.InvalidIssuerError, Cause.WRONG_ISSUER),
    (jwt.MissingRequiredClaimError, Cause.MISSING_CLAIM),
)


@dataclass(frozen=True, slots=True)
class TokenPolicy:
    """What a token must be. `only_access_tokens`: its `typ` must be at+jwt (RFC 9068); times in seconds."""

    issuer: str
    audience: str
    algorithms: tuple[str, ...]
    names: ClaimNames
    only_access_tokens: bool
    max_lifetime_s: float
    skew_s: float


@dataclass(frozen=True, slots=True)
class Verified:
    """A token that counts until `expires_at` (Unix time) and while `key` is in the set; `bound_to` is the thumbprint of the
    client certificate it may be used with, or ""."""

    caller: Caller
    bound_to: str
    expires_at: float
    key: Key


class TokenVerifier:
    """Verifies tokens and remembers those that count, by their digest."""

    def __init__(self, keys: KeySource, policy: TokenPolicy) -> None:
        self._keys, self._policy = keys, policy
        self._verified: OrderedDict[bytes, Verified] = OrderedDict()

    async def verify(self, authorization: str) -> Verified:
        """What the value of the authorization metadata stands for; raises Refused or KeysUnavailable."""
        if len(authorization) > MAX_BYTES:
            raise Refused(Cause.TOO_LARGE)
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not _FORM.fullmatch(token):
            raise Refused(Cause.MALFORMED)
        digest = hashlib.sha256(token.encode()).digest()
        known = self._verified.get(digest)
        if known and known.expires_at > time.time() and known.key in self._keys.current():
            self._verified.move_to_end(digest)
            return known
        self._verified.pop(digest, None)
        verified = await self._verify(token)
        self._verified[digest] = verified
        while len(self._verified) > _CACHED:
            self._verified.popitem(last=False)
        return verified

    async def _verify(self, token: str) -> Verified:
        header = _header(token)
        algorithm = self._algorithm(header)
        key = await self._key(header.get("kid"), algorithm)
        claims = self._claims(token, key, algorithm)
        caller = claim.caller(claims, self._policy.names, self._policy.skew_s)
        return Verified(caller, claim.certificate_thumbprint(claims), float(claims["exp"]), key)

    def _algorithm(self, header: dict[str, Any]) -> str:
        """Only `alg`, `kid` and `typ` are read: a key the token brings or points to (jwk, jku, x5c, x5u) is never looked at."""
        algorithm, kind = header.get("alg"), header.get("typ", "")
        if not isinstance(algorithm, str) or algorithm not in self._policy.algorithms:
            raise Refused(Cause.ALGORITHM_NOT_ALLOWED)
        if "crit" in header:
            raise Refused(Cause.CRITICAL_HEADER)
        types = _ACCESS_TOKEN if self._policy.only_access_tokens else _TYPES
        if not isinstance(kind, str) or kind.lower() not in types:
            raise Refused(Cause.WRONG_TYPE)
        return algorithm

    async def _key(self, kid: object, algorithm: str) -> Key:
        if not isinstance(kid, str):
            raise Refused(Cause.UNKNOWN_KEY)
        found = (await self._keys.having(kid)).of(kid)
        if not found:
            raise Refused(Cause.UNKNOWN_KEY)
        fitting = [key for key in found if algorithm in key.algorithms]
        if not fitting:
            raise Refused(Cause.KEY_DOES_NOT_FIT)
        return fitting[0]

    def _claims(self, token: str, key: Key, algorithm: str) -> dict[str, Any]:
        policy = self._policy
        try:
            claims: dict[str, Any] = jwt.decode(
                token, key.public, algorithms=[algorithm], audience=policy.audience, issuer=policy.issuer,
                leeway=policy.skew_s, options={"require": _REQUIRED},
            )  # fmt: skip
        except jwt.PyJWTError as error:
            raise Refused(next((cause for kind, cause in _CAUSES if isinstance(error, kind)), Cause.MALFORMED)) from None
        except (ValueError, TypeError, RecursionError):
            raise Refused(Cause.MALFORMED) from None
        if not all(claim.is_time(claims[name]) for name in ("exp", "iat", "nbf") if name in claims):
            raise Refused(Cause.MALFORMED_CLAIM)
        if claims["exp"] - claims["iat"] > policy.max_lifetime_s:
            raise Refused(Cause.LIVES_TOO_LONG)
        return claims


def _header(token: str) -> dict[str, Any]:
    text = token.partition(".")[0]
    try:
        header = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise Refused(Cause.MALFORMED) from None
    if not isinstance(header, dict):
        raise Refused(Cause.MALFORMED)
    return header
