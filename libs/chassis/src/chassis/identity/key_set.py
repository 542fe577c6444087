"""JWK sets (RFC 7517): which keys may verify tokens, and each with which algorithms."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import jwt

from chassis.identity.files import Unusable

Algorithm = Literal["EdDSA", "ES256", "ES384", "RS256", "PS256"]
ALGORITHMS: tuple[Algorithm, ...] = get_args(Algorithm)
DEVELOPMENT_MARK = ("kamai_env", "development")
# Type and curve decide what a key can verify, so that no header makes one pass as another's (RFC 8725, 3.1).
_FITTING: dict[tuple[str, str], frozenset[str]] = {
    ("OKP", "Ed25519"): frozenset({"EdDSA"}),
    ("EC", "P-256"): frozenset({"ES256"}),
    ("EC", "P-384"): frozenset({"ES384"}),
    ("RSA", ""): frozenset({"RS256", "PS256"}),
}
_PUBLIC = ("crv", "e", "kty", "n", "x", "y")
_MOST_KEYS = 100
_LEAST_RSA_BITS = 2048


@dataclass(frozen=True, slots=True)
class Key:
    """A public key; two are the same when id, material and algorithms are."""

    kid: str
    algorithms: frozenset[str]
    thumbprint: bytes
    public: Any = field(compare=False)


class KeySet:
    """Keys by their id; an id may stand for keys of several types."""

    def __init__(self, keys: Collection[Key]) -> None:
        self._keys: dict[str, tuple[Key, ...]] = {}
        for key in keys:
            self._keys[key.kid] = (*self._keys.get(key.kid, ()), key)

    def of(self, kid: str) -> tuple[Key, ...]:
        return self._keys.get(kid, ())

    def __contains__(self, key: Key) -> bool:
        return key in self.of(key.kid)

    def __len__(self) -> int:
        return len(self._keys)


def parse(document: Any, algorithms: Collection[str], *, production: bool) -> KeySet:
    """The signing keys of a JWK set that fit the allowed algorithms; others are passed over (RFC 7517, 5).

    Raises:
        Unusable: it is no JWK set, has no such key, has a private one, or in production one of a development stack.
    """
    entries = document.get("keys") if isinstance(document, Mapping) else None
    if not isinstance(entries, list) or len(entries) > _MOST_KEYS:
        raise Unusable(f"is not a JWK set of at most {_MOST_KEYS} keys")
    keys = [entry for entry in entries if isinstance(entry, Mapping)]
    if any("d" in entry or entry.get("kty") == "oct" for entry in keys):
        raise Unusable("holds a private or a shared key; only public keys belong there")
    mark, development = DEVELOPMENT_MARK
    if production and any(entry.get(mark) == development for entry in keys):
        raise Unusable("holds a key of a development stack, which nobody may sign with in production")
    found = [key for entry in keys if (key := _key(entry, algorithms))]
    if not found:
        raise Unusable("holds no key with an id (kid) for the allowed algorithms")
    return KeySet(found)


def _key(entry: Mapping[str, Any], algorithms: Collection[str]) -> Key | None:
    kid, kind, curve = entry.get("kid"), entry.get("kty"), entry.get("crv", "")
    if not isinstance(kid, str) or not isinstance(kind, str) or not isinstance(curve, str) or not _signs(entry):
        return None
    fitting = _FITTING.get((kind, curve), frozenset()) & frozenset(algorithms)
    if "alg" in entry:
        fitting &= {entry["alg"]} if isinstance(entry["alg"], str) else set()
    if not fitting:
        return None
    members = {name: entry[name] for name in _PUBLIC if name in entry}
    try:
        public = jwt.PyJWK(members, algorithm=min(fitting)).key
    except jwt.PyJWTError:
        return None
    if kind == "RSA" and public.key_size < _LEAST_RSA_BITS:
        return None
    return Key(kid, fitting, hashlib.sha256(json.dumps(members, sort_keys=True).encode()).digest(), public)


def _signs(entry: Mapping[str, Any]) -> bool:
    operations = entry.get("key_ops")
    return entry.get("use", "sig") == "sig" and (operations is None or (isinstance(operations, list) and "verify" in operations))
