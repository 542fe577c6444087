"""Tokens for tests, signed with a key of the test."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from kamai_client.approvals import Approval
from kamai_client.tokens import ISSUER, ROLES_BY_BINDING

STEP_UP = [
    "kamai.payouts.v1.RunService/ApproveRun",
    "kamai.payouts.v1.RunService/ExecuteRun",
    "kamai.payouts.v1.BankService/ResolveUnknownAttempt",
    "kamai.onboarding.v1.PersonalDataService/EraseContractor",
]


class TokenMaker:
    """Signs tokens; `jwks` is the file a service verifies them with."""

    def __init__(self, directory: Path) -> None:
        self.key = Ed25519PrivateKey.generate()
        raw = self.key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        x = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
        self.jwks = directory / "jwks.json"
        key = {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": "test", "alg": "EdDSA", "use": "sig"}
        self.jwks.write_text(json.dumps({"keys": [key]}))

    def token(
        self, subject: str, organisation_id: str = "", roles: Sequence[str] = (), lifetime_s: int = 3600, *,
        contractor_id: str = "", bank: str = "", approves: Sequence[str | Approval] = ()
    ) -> str:  # fmt: skip
        """Without `roles`, all that fit what the token is bound to. With `approves`, a second factor shown just now for those
        approvals, or for every action on those digests and ids."""
        now = int(time.time())
        bound = {"org": organisation_id, "contractor": contractor_id, "bank": bank}
        fitting = ROLES_BY_BINDING[next((name for name, value in bound.items() if value), "")]
        claims: dict[str, Any] = {
            "iss": ISSUER, "sub": subject, "aud": "kamai", "iat": now, "exp": now + lifetime_s, "roles": [*(roles or fitting)],
        }  # fmt: skip
        claims |= {name: value for name, value in bound.items() if value}
        if approves:
            every = {"type": "kamai_approval", "actions": STEP_UP}
            details = [each.detail if isinstance(each, Approval) else every | {"identifier": each} for each in approves]
            claims |= {"acr": "mfa", "auth_time": now, "authorization_details": details}
        return self.signed(claims)

    def signed(self, claims: dict[str, Any], *, key: Any = None, algorithm: str = "EdDSA", **header: Any) -> str:
        """A token of exactly these claims, however wrong; a header of None is left out."""
        given = {name: value for name, value in ({"kid": "test"} | header).items() if value is not None}
        return jwt.encode(claims, key or self.key, algorithm=algorithm, headers=given)

    def metadata(
        self, subject: str, organisation_id: str = "", roles: Sequence[str] = (), **more: Any
    ) -> tuple[tuple[str, str], ...]:
        """gRPC metadata of a caller; `more` as for `token`."""
        return (("authorization", f"Bearer {self.token(subject, organisation_id, roles, **more)}"),)
