"""Keys and passwords of the development stack, made at the first start and kept below ``.local/keys`` (0600)."""

import base64
import json
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from devstack.options import SERVICES
from devstack.secret_files import password, read_or_make, write_private


@dataclass(frozen=True)
class Keys:
    """Files below `directory`.

    Attributes:
        directory: ``.local/keys``.
    """

    directory: Path

    @property
    def token_key(self) -> Path:
        """Ed25519 private key (PEM) that signs access tokens of the development stack."""
        return self.directory / "dev-token.pem"

    @property
    def token_jwks(self) -> Path:
        """Its public half as a JWK set (RFC 7517, RFC 8037), marked so that no production service takes it."""
        return self.directory / "jwks.json"

    @property
    def bank_event_key(self) -> Path:
        """Ed25519 private key (PEM) that signs the events for banks."""
        return self.directory / "bank-events.pem"

    @property
    def bank_event_jwks(self) -> Path:
        """Its public half as a JWK set, for the banks."""
        return self.directory / "bank-events-jwks.json"

    @property
    def instruction_key(self) -> Path:
        """X25519 private key, raw 32 bytes in base64: opens sealed payment instructions."""
        return self.directory / "instruction.key"

    @property
    def instruction_public_key(self) -> Path:
        """Its public half, the same form: seals them."""
        return self.directory / "instruction.pub"

    @property
    def blind_index_key(self) -> Path:
        """32 random bytes in base64: finds sealed identity numbers, accounts and e-mail addresses."""
        return self.directory / "blind-index.key"

    def root_keys(self, service: str) -> Path:
        """Folder of the root keys that wrap the service's keys of personal data; ``current`` names the one in use."""
        return self.directory / "root" / service

    def audit_key(self, service: str) -> Path:
        """Ed25519 private key (PEM) that signs the service's audit trail."""
        return self.directory / f"audit-{service}.pem"

    @property
    def audit_folder(self) -> Path:
        """Where the services append the signed roots of their audit trails."""
        return self.directory.parent / "audit"

    def audit_jwks(self, service: str) -> Path:
        """Its public half and those before it, as a JWK set, for whoever verifies; the service writes it."""
        return self.directory / f"audit-{service}-jwks.json"

    def make_missing(self) -> None:
        """Make what is not there yet; what is there stays."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        _signing_pair(self.token_key, self.token_jwks, kamai_env="development")
        _signing_pair(self.bank_event_key, self.bank_event_jwks)
        _sealing_pair(self.instruction_key, self.instruction_public_key)
        read_or_make(self.blind_index_key, _new_root_key)
        for folder in (self.directory / "root", *(self.root_keys(service) for service in SERVICES)):
            folder.mkdir(mode=0o700, exist_ok=True)
        for service in SERVICES:
            current = read_or_make(self.root_keys(service) / "current", lambda: "root-1\n").strip()
            read_or_make(self.root_keys(service) / f"{current}.key", _new_root_key)
            read_or_make(self.audit_key(service), _new_signing_key)
        self.audit_folder.mkdir(exist_ok=True)

    def database_password(self, role: str) -> str:
        """The password of a database role, made at its first use."""
        return read_or_make(self.directory / f"{role}.password", password)

    def secrets(self, service: str, task: str, **values: str) -> Path:
        """A folder of files for KAMAI_SECRETS_DIR with these settings, by their names in small letters."""
        folder = self.directory / "secrets" / f"{service}-{task}"
        for name, value in values.items():
            write_private(folder / f"kamai_{name}", value)
        return folder


def _signing_pair(private: Path, public: Path, **members: str) -> None:
    pem = read_or_make(private, _new_signing_key)
    key = load_pem_private_key(pem.encode(), password=None)
    assert isinstance(key, Ed25519PrivateKey)
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    wanted = json.dumps(jwk_set(raw, **members), indent=2) + "\n"
    if not public.exists() or public.read_text() != wanted:
        write_private(public, wanted)


def _new_signing_key() -> str:
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _sealing_pair(private: Path, public: Path) -> None:
    raw = base64.b64decode(read_or_make(private, _new_sealing_key))
    if not public.exists():
        half = X25519PrivateKey.from_private_bytes(raw).public_key()
        write_private(public, base64.b64encode(half.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode())


def _new_root_key() -> str:
    return base64.b64encode(os.urandom(32)).decode() + "\n"


def _new_sealing_key() -> str:
    raw = X25519PrivateKey.generate().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    return base64.b64encode(raw).decode()


def jwk_set(public_key: bytes, **more: str) -> dict[str, list[dict[str, str]]]:
    """A JWK set with one Ed25519 key (32 bytes); its ``kid`` is the thumbprint of RFC 7638, `more` are members of our own."""
    members = {"crv": "Ed25519", "kty": "OKP", "x": _base64url(public_key)}
    digest = hashes.Hash(hashes.SHA256())
    digest.update(json.dumps(members, separators=(",", ":"), sort_keys=True).encode())
    return {"keys": [members | {"alg": "EdDSA", "use": "sig", "kid": _base64url(digest.finalize())} | more]}


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
