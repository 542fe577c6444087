"""Tokens of every kind of caller, good and bad, signed with the key of the development stack."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from kamai_client.approvals import Approval
from kamai_client.tokens import SECOND_FACTOR, DevTokens

_SUBJECT = "walker"  # and the binding: one person is never both sides of a contract
_EXPIRED_S = 600  # far beyond any allowance for clocks
_STALE_S = 301.0


@dataclass(frozen=True)
class Identity:
    """Whom tokens are bound to, by binding: TypeIDs and the name of a bank."""

    org: str
    contractor: str
    bank: str

    def bound(self, binding: str) -> dict[str, Any]:
        """Arguments of DevTokens.sign."""
        return {
            "org": {"organisation_id": self.org}, "contractor": {"contractor_id": self.contractor}, "bank": {"bank": self.bank},
            "platform": {},
        }[binding]  # fmt: skip

    def instead(self, org: str, contractor: str, bank: str) -> Identity:
        """With those that are given."""
        return replace(self, org=org or self.org, contractor=contractor or self.contractor, bank=bank or self.bank)


class Signer:
    """Makes tokens; a caller's is made once, so that thousands of calls do not wait for signatures."""

    def __init__(self, key_file: Path) -> None:
        self._tokens = DevTokens(key_file)
        self._key = load_pem_private_key(key_file.read_bytes(), password=None)
        self._attacker = Ed25519PrivateKey.generate()
        self.made: set[str] = set()
        self.good = cache(self._good)

    def _good(self, identity: Identity, binding: str, role: str) -> str:
        return self._kept(self._tokens.sign(f"{_SUBJECT}.{binding}", roles=[role], **identity.bound(binding)))

    def proven(self, identity: Identity, binding: str, role: str, approval: Approval | None) -> str:
        """With a second factor shown just now."""
        proof: dict[str, Any] = {"acr": SECOND_FACTOR, "approves": [approval] if approval else []}
        return self._kept(self._tokens.sign(f"{_SUBJECT}.{binding}", roles=[role], **identity.bound(binding), **proof))

    def unproven(self, identity: Identity, binding: str, role: str, wanted: Approval) -> dict[str, str]:
        """Second factors that do not count where `wanted` is."""

        def signed(*approves: Approval, acr: str = SECOND_FACTOR, age_s: float = 0.0) -> str:
            proof: dict[str, Any] = {"acr": acr, "auth_time": time.time() - age_s, "approves": approves}
            return self._kept(self._tokens.sign(f"{_SUBJECT}.{binding}", roles=[role], **identity.bound(binding), **proof))

        return {
            "no second factor": self._good(identity, binding, role),
            "second factor of another kind": signed(wanted, acr="pwd"),
            "old second factor": signed(wanted, age_s=_STALE_S),
            "second factor for nothing": signed(),
            "second factor for something else": signed(wanted._replace(identifier=wanted.identifier[::-1])),
            "second factor for another action": signed(wanted._replace(action="kamai.payouts.v1.RunService/PlanRun")),
        }

    def forged(self, identity: Identity, binding: str, role: str) -> dict[str, str]:
        """Tokens of a caller with every right, each with one fault; "" is none at all."""
        good = self._good(identity, binding, role)
        claims = jwt.decode(good, options={"verify_signature": False})
        header = jwt.get_unverified_header(good)

        def signed(key: Any, **changed: Any) -> str:
            return self._kept(jwt.encode(claims | changed, key, algorithm="EdDSA", headers=header))

        past = int(time.time()) - _EXPIRED_S
        return {
            "no token": "",
            "expired token": signed(self._key, iat=past - 60, exp=past),
            "token of another key": signed(self._attacker),
            "token for another audience": signed(self._key, aud="another"),
        }

    def _kept(self, token: str) -> str:
        self.made.add(token)
        return token
