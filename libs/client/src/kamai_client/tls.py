"""TLS towards the services: authorities, and a client certificate where the caller has one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import grpc


@dataclass(frozen=True)
class TlsFiles:
    """PEM files, "" for none.

    Attributes:
        ca: authorities of the services' certificates; without it, those gRPC brings.
        certificate, key: of this client, for mutual TLS; they go together.
    """

    ca: str = ""
    certificate: str = ""
    key: str = ""

    def credentials(self) -> grpc.ChannelCredentials | None:
        """None when no file is named: plain HTTP/2.

        Raises:
            ValueError: a certificate without its key, or the other way round.
            OSError: a file cannot be read.
        """
        if bool(self.certificate) != bool(self.key):
            raise ValueError("KAMAI_TLS_CERTIFICATE_FILE and KAMAI_TLS_KEY_FILE go together")
        if not (self.ca or self.certificate):
            return None
        return grpc.ssl_channel_credentials(_read(self.ca), _read(self.key), _read(self.certificate))


def _read(file: str) -> bytes | None:
    return Path(file).read_bytes() if file else None
