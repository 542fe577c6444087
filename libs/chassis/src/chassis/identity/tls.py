"""The server's TLS: certificate, key and client CA come from files and may be replaced while it serves."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from chassis.identity.files import Unusable, Watched
from chassis.vault import private_files
from chassis.vault.errors import KeyProviderFault


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files. The certificate's holds its chain, the leaf first; `client_ca` the authorities of clients, if any."""

    certificate: Path
    key: Path
    client_ca: Path | None


def credentials(files: TlsFiles, *, client_required: bool) -> grpc.ServerCredentials:
    """Credentials that look at the files at every handshake; a broken new set is logged, and the old one stays in use.

    gRPC for Python can require client certificates or not ask for them, nothing between.

    Raises:
        Unusable: the files cannot be used at the start.
    """
    paths = [path for path in (files.certificate, files.key, files.client_ca) if path]
    watched = Watched("TLS files", paths, lambda: _read(files), every_s=0.0)
    served = watched.current()

    def changed() -> Any:
        nonlocal served
        newest = watched.refreshed()
        if newest is served:
            return None
        served = newest
        return newest

    return grpc.dynamic_ssl_server_credentials(served, changed, require_client_authentication=client_required)


def _read(files: TlsFiles) -> Any:
    """Checked here: with a key that does not belong to the certificate gRPC would refuse every handshake without a word."""
    certificate, key = files.certificate.read_bytes(), _private(files.key)
    authorities = files.client_ca.read_bytes() if files.client_ca else None
    try:
        leaf = x509.load_pem_x509_certificates(certificate)[0]
        own = load_pem_private_key(key, password=None).public_key()
        if authorities is not None:
            x509.load_pem_x509_certificates(authorities)
    except (ValueError, TypeError):
        raise Unusable("a file is not in PEM form, or the key has a password") from None
    if leaf.public_key() != own:
        raise Unusable("the key does not belong to the certificate")
    return grpc.ssl_server_certificate_configuration([(key, certificate)], authorities)


def _private(file: Path) -> bytes:
    try:
        return private_files.read(file).encode()
    except KeyProviderFault as fault:
        raise Unusable(str(fault)) from None
