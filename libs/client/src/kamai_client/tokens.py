"""Bearer tokens: a fixed text, a callable, or tokens of the development stack signed with its own key."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from kamai.type.v1 import access_pb2

from kamai_client.approvals import Approval

Token = str | Callable[[], str]
"""A bearer token, or what gives one; it is asked at every call, so it should remember what it gave."""

AUDIENCE = "kamai"
ISSUER = "urn:kamai:development"
_CLAIMS = {
    "org": access_pb2.BINDING_ORGANISATION,
    "contractor": access_pb2.BINDING_CONTRACTOR,
    "bank": access_pb2.BINDING_BANK,
    "": access_pb2.BINDING_PLATFORM,
}
_ROLES = {
    value.name.removeprefix("ROLE_").lower(): value.GetOptions().Extensions[access_pb2.binding]
    for value in access_pb2.Role.DESCRIPTOR.values[1:]
}
ROLES = tuple(_ROLES)
BINDINGS = tuple(_CLAIMS)
# By the claim that binds a token to a tenant; "" is the platform's own people.
ROLES_BY_BINDING = {claim: tuple(role for role, bound in _ROLES.items() if bound == each) for claim, each in _CLAIMS.items()}
SECOND_FACTOR = "mfa"
_RENEW_S = 60
_ID, _BANK = re.compile("(org|contractor)_[0-7][0-9a-hjkmnp-tv-z]{25}"), re.compile("bank:([a-z][a-z0-9-]{1,30})")


def bearer(token: Token | None) -> str:
    """Value of the authorization metadata; "" for none."""
    text = token() if callable(token) else token
    return f"Bearer {text}" if text else ""


def binding(acting_for: str) -> dict[str, str]:
    """What a token is bound to, as arguments of `DevTokens.sign`: "org_...", "contractor_...", "bank:NAME" or "" for nothing.

    Raises:
        ValueError: it is none of these.
    """
    if not acting_for:
        return {}
    if match := _BANK.fullmatch(acting_for):
        return {"bank": match[1]}
    if match := _ID.fullmatch(acting_for):
        return {{"org": "organisation_id", "contractor": "contractor_id"}[match[1]]: acting_for}
    raise ValueError("must be org_..., contractor_... or bank:NAME; an id ends with 26 digits and small letters")


class DevTokens:
    """Signs tokens as the development stack's identity provider (EdDSA, RFC 8037).

    Args:
        key_file: Ed25519 private key (PEM), KAMAI_DEV_TOKEN_KEY of the stack.
        jwks_file: the JWK set that services verify with; by default ``jwks.json`` beside the key.
        lifetime_s: of tokens that name none.

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

    def sign(
        self,
        subject: str,
        organisation_id: str = "",
        roles: Sequence[str] = (),
        *,
        contractor_id: str = "",
        bank: str = "",
        acr: str = "",
        auth_time: float | None = None,
        approves: Sequence[Approval] = (),
        lifetime_s: int | None = None,
    ) -> str:
        """A token for a person or machine.

        Args:
            organisation_id, contractor_id, bank: what it is bound to, at most one; none is the platform's own staff.
            roles: by default all that fit what it is bound to.
            acr, auth_time: how and when (Unix time) the person proved to be it; with `approves`, a second factor just now.
            approves: what the second factor was shown for.

        Raises:
            ValueError: it is bound to more than one of them.
        """
        bound = {"org": organisation_id, "contractor": contractor_id, "bank": bank}
        binding = {name: value for name, value in bound.items() if value}
        if len(binding) > 1:
            raise ValueError("a token is bound to one organisation, contractor or bank")
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": ISSUER, "sub": subject, "aud": AUDIENCE, "iat": now, "exp": now + (lifetime_s or self._lifetime_s),
            "roles": list(roles or ROLES_BY_BINDING[next(iter(binding), "")]), **binding,
        }  # fmt: skip
        if approves:
            claims["authorization_details"] = [approval.detail for approval in approves]
            acr, auth_time = acr or SECOND_FACTOR, now if auth_time is None else auth_time
        claims |= {"acr": acr} if acr else {}
        claims |= {} if auth_time is None else {"auth_time": int(auth_time)}
        return jwt.encode(claims, self._key, algorithm="EdDSA", headers={"kid": self._key_id, "typ": "at+jwt"})

    def source(
        self,
        subject: str,
        organisation_id: str = "",
        roles: Sequence[str] = (),
        *,
        contractor_id: str = "",
        bank: str = "",
        approves: Sequence[Approval] = (),
    ) -> Callable[[], str]:
        """A token that is signed anew a minute before it expires; arguments as those of `sign`."""
        held = ("", 0.0)

        def token() -> str:
            nonlocal held
            if held[1] < time.monotonic():
                signed = self.sign(subject, organisation_id, roles, contractor_id=contractor_id, bank=bank, approves=approves)
                held = (signed, time.monotonic() + self._lifetime_s - _RENEW_S)
            return held[0]

        return token


def _key_id(key: Ed25519PrivateKey, jwks_file: Path) -> str:
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    public = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    for entry in json.loads(jwks_file.read_text())["keys"]:
        if entry.get("x") == public:
            return str(entry["kid"])
    raise ValueError(f"{jwks_file} has no key that belongs to the private key beside it")
