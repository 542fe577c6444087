"""Client certificates: which machine each stands for, said by a file that is read again when it changes."""

from __future__ import annotations

import base64
import hashlib
import json
import time
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from chassis.errors import InvalidFields
from chassis.identity.claims import BANK, OF_THE_SERVICE
from chassis.identity.files import Unusable, Watched
from chassis.identity.refusals import Cause, Refused
from chassis.ids import decode
from chassis.rpc.access import ROLES
from chassis.rpc.call import Caller

AuthContext = Mapping[str, Sequence[bytes]]
_PARSED = 1000


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is read of a certificate. `names` are its URI and DNS subject alternative names; times are Unix times."""

    names: frozenset[str]
    digest: bytes
    begins_at: float
    ends_at: float

    @property
    def sha256(self) -> str:
        """Fingerprint in small hexadecimal letters, without colons."""
        return self.digest.hex()

    @property
    def thumbprint(self) -> str:
        """`x5t#S256` of RFC 8705."""
        return base64.urlsafe_b64encode(self.digest).rstrip(b"=").decode()


class _Entry(BaseModel):
    """One machine. `name` is a URI (SPIFFE) or DNS name of the certificate; `sha256` pins the certificate itself as well; with
    `carries_any_tenant` it may pass on people's tokens of any tenant, as a gateway does."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=1)]
    subject: Annotated[str, Field(min_length=1, max_length=255)]
    sha256: Annotated[str, Field(pattern="^([0-9a-f]{64})?$")] = ""
    organisation: str = ""
    bank: Annotated[str, Field(pattern=f"^({BANK.pattern})?$")] = ""
    roles: frozenset[str] = frozenset()
    carries_any_tenant: bool = False

    @field_validator("subject")
    @classmethod
    def _nobody_of_ours(cls, given: str) -> str:
        if given.startswith(OF_THE_SERVICE):
            raise ValueError(f"subject: {OF_THE_SERVICE}... are the service's own parts")
        return given

    @model_validator(mode="after")
    def _one_tenant(self) -> _Entry:
        if self.organisation:
            try:
                decode(self.organisation, "org")
            except InvalidFields:
                raise ValueError("organisation must be the id of one (org_...)") from None
        if self.organisation and self.bank:
            raise ValueError("a machine belongs to an organisation or to a bank")
        if unknown := self.roles - ROLES:
            raise ValueError(f"{len(unknown)} of the roles do not exist")
        return self

    @property
    def caller(self) -> Caller:
        return Caller(self.subject, self.organisation, self.roles, bank=self.bank, credential="certificate")


class _Map(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    certificate: tuple[_Entry, ...]


@dataclass(frozen=True, slots=True)
class Machine:
    """A known machine."""

    caller: Caller
    carries_any_tenant: bool


class Machines:
    """The map of a file (TOML, or JSON by its suffix): `[[certificate]]` with name, subject, organisation or bank, roles."""

    def __init__(self, file: Path) -> None:
        self._map = Watched("client certificates", [file], lambda: _read(file))

    def known(self, certificate: Certificate) -> Machine:
        """Raises Refused unless exactly one entry fits."""
        if not certificate.begins_at <= time.time() <= certificate.ends_at:  # a connection may outlive its certificate
            raise Refused(Cause.CERTIFICATE_EXPIRED)
        fitting = [
            entry
            for entry in self._map.current().certificate
            if entry.name in certificate.names and entry.sha256 in ("", certificate.sha256)
        ]
        if len(fitting) != 1:
            raise Refused(Cause.UNKNOWN_CERTIFICATE)
        return Machine(fitting[0].caller, fitting[0].carries_any_tenant)


def _read(file: Path) -> _Map:
    try:
        text = file.read_text()
        return _Map.model_validate(json.loads(text) if file.suffix == ".json" else tomllib.loads(text))
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False, include_context=False)
        raise Unusable("; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults)) from None


def presented(auth_context: AuthContext) -> Certificate | None:
    """The certificate the other end of the connection proved to have; TLS has verified its chain."""
    pem = next(iter(auth_context.get("x509_pem_cert", ())), None)
    return _parsed(pem) if pem else None


@lru_cache(maxsize=_PARSED)
def _parsed(pem: bytes) -> Certificate:
    try:
        found = x509.load_pem_x509_certificate(pem)
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        raise Refused(Cause.UNKNOWN_CERTIFICATE) from None
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        raise Refused(Cause.MALFORMED) from None
    given: list[Any] = [
        *names.get_values_for_type(x509.UniformResourceIdentifier),
        *names.get_values_for_type(x509.DNSName),
    ]
    digest = hashlib.sha256(found.public_bytes(Encoding.DER)).digest()
    return Certificate(
        frozenset(map(str, given)), digest, found.not_valid_before_utc.timestamp(), found.not_valid_after_utc.timestamp()
    )
