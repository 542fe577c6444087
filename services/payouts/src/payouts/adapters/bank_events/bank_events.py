"""Events for partner banks: JSON on the bank's own topic, with a detached JWS (RFC 7515, appendix F) over its exact bytes.

docs/bank-events.md describes them, docs/bank-events.schema.json is their schema. No personal data: ids and amounts only.
"""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from chassis.events.outbox import OutboxEvent
from chassis.ids import encode
from chassis.vault import KeyProviderFault, private_files
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from payouts.domain.accounts.model import Account, AccountMoved, CreditMoved

ACCOUNT_TYPE, CREDIT_TYPE = "kamai.bank.account-state-changed.v1", "kamai.bank.credit-state-changed.v1"


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Signer:
    """Ed25519; `kid` is the key's thumbprint (RFC 7638)."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        public = _base64url(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
        members = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": public}, separators=(",", ":"))
        digest = Hash(SHA256())
        digest.update(members.encode())
        head = {"alg": "EdDSA", "kid": _base64url(digest.finalize())}
        self._header = _base64url(json.dumps(head, separators=(",", ":")).encode())

    @classmethod
    def from_file(cls, path: Path) -> "Signer":
        """From a PEM file. Raises KeyProviderFault."""
        try:
            key = load_pem_private_key(private_files.read(path).encode(), password=None)
        except (ValueError, TypeError):
            key = None
        if not isinstance(key, Ed25519PrivateKey):
            raise KeyProviderFault(f"{path}: must hold an Ed25519 private key, PEM, without a password")
        return cls(key)

    def sign(self, payload: bytes) -> str:
        """`BASE64URL(header)..BASE64URL(signature)` over header and payload."""
        signature = self._key.sign(f"{self._header}.{_base64url(payload)}".encode())
        return f"{self._header}..{_base64url(signature)}"


class BankEvents:
    def __init__(self, signer: Signer, topic_of: Callable[[str], str]) -> None:
        self._signer, self._topic_of = signer, topic_of

    def event(self, event: AccountMoved | CreditMoved) -> OutboxEvent:
        """One event for the bank that keeps the account; its sequence is the account's version, as in our own event."""
        account = event.account
        kind, body = (CREDIT_TYPE, _credit(event)) if isinstance(event, CreditMoved) else (ACCOUNT_TYPE, _account(event))
        payload = json.dumps(_common(kind, account) | body, separators=(",", ":"), sort_keys=True).encode()
        headers = {"content-type": "application/json", "kamai-signature": self._signer.sign(payload)}
        return OutboxEvent(self._topic_of(account.bank), kind, encode("account", account.id), account.version, payload, headers)


def _common(kind: str, account: Account) -> dict[str, Any]:
    return {
        "type": kind, "bank": account.bank, "account_id": encode("account", account.id),
        "tracking_number": account.tracking_number, "sequence": account.version, "occurred_at": account.updated_at.isoformat(),
    }  # fmt: skip


def _account(event: AccountMoved) -> dict[str, Any]:
    return {"from_state": event.from_state or None, "to_state": event.account.state.value, "currency": event.account.currency}


def _credit(event: CreditMoved) -> dict[str, Any]:
    credit = event.credit
    credited = None if credit.credited_minor is None else {"amount_minor": credit.credited_minor, "currency": credit.currency}
    return {
        "credit_id": encode("credit", credit.id), "end_to_end_id": credit.end_to_end_id, "from_state": event.from_state or None,
        "to_state": credit.state.value, "expected": {"amount_minor": credit.expected_minor, "currency": credit.currency},
        "credited": credited, "short_credit": credit.short_credit,
    }  # fmt: skip
