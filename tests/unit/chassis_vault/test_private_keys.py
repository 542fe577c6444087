"""A private key that others may read is none."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from chassis.audit.keys import NotASigningKey, SigningKey
from chassis.identity.files import Unusable
from chassis.identity.tls import TlsFiles, credentials
from chassis.sealed import Opener
from chassis.vault import KeyProviderFault
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from devstack.certificates import Authority
from payouts.adapters.bank_events.bank_events import Signer


def _pem() -> str:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _tls(folder: Path) -> tuple[str, Callable[[Path], Any]]:
    issued = Authority().issue(hosts=["localhost"])
    certificate = folder / "server.pem"
    certificate.write_text(issued.certificate)
    return issued.key, lambda file: credentials(TlsFiles(certificate, file, None), client_required=False)


def _made(kind: str, folder: Path) -> tuple[str, Callable[[Path], Any]]:
    """The content of a key file, and how it is read."""
    if kind == "audit":
        return _pem(), lambda file: SigningKey(file, folder / "jwks.json").current()
    if kind == "bank events":
        return _pem(), Signer.from_file
    if kind == "payment instructions":
        return base64.b64encode(X25519PrivateKey.generate().private_bytes_raw()).decode(), Opener
    return _tls(folder)


@pytest.mark.parametrize("kind", ["audit", "bank events", "payment instructions", "TLS"])
@pytest.mark.parametrize("mode", [0o660, 0o604, 0o666])
def test_a_key_others_may_touch_is_refused(kind: str, mode: int, tmp_path: Path) -> None:
    """Changed by its group, or anything by anybody; the same file for its owner, and for its group to read, is taken."""
    content, read = _made(kind, tmp_path)
    file = tmp_path / "private.key"
    file.write_text(content)
    file.chmod(mode)
    with pytest.raises((KeyProviderFault, NotASigningKey, Unusable), match="others may touch"):
        read(file)
    for good in (0o600, 0o440):
        file.chmod(good)
        read(file)
