"""A certificate authority for development and tests: certificates for servers and for the machines that call them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from devstack.secret_files import write_private

LIFETIME = timedelta(days=30)


@dataclass(frozen=True)
class Issued:
    """A certificate and its private key, both PEM."""

    certificate: str
    key: str

    def write(self, directory: Path, name: str) -> tuple[Path, Path]:
        """Write ``NAME.pem`` and ``NAME.key``; returns both paths."""
        certificate, key = directory / f"{name}.pem", directory / f"{name}.key"
        write_private(certificate, self.certificate)
        write_private(key, self.key)
        return certificate, key


class Authority:
    """A root of its own; its private key stays in memory."""

    def __init__(self, name: str = "Kamai development authority") -> None:
        self._key = generate_private_key(SECP256R1())
        self._name = _name(name)
        usage = x509.KeyUsage(
            digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
            key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        builder = self._builder(self._name, self._key, datetime.now(UTC), LIFETIME)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        self._certificate = builder.add_extension(usage, critical=True).sign(self._key, SHA256())

    @property
    def certificate(self) -> str:
        """PEM, for those who are to trust it."""
        return self._certificate.public_bytes(Encoding.PEM).decode()

    def issue(
        self,
        *,
        hosts: Sequence[str] = (),
        uris: Sequence[str] = (),
        begins: datetime | None = None,
        lifetime: timedelta = LIFETIME,
    ) -> Issued:
        """A certificate for servers and clients.

        Args:
            hosts: DNS names and IP addresses.
            uris: for example SPIFFE ids.
            begins: now by default.
        """
        key = generate_private_key(SECP256R1())
        names: list[x509.GeneralName] = [_host(host) for host in hosts]
        names += [x509.UniformResourceIdentifier(uri) for uri in uris]
        builder = self._builder(_name((*hosts, *uris, "nameless")[0]), key, begins or datetime.now(UTC), lifetime)
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        issued = builder.sign(self._key, SHA256())
        return Issued(
            issued.public_bytes(Encoding.PEM).decode(),
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        )

    def _builder(
        self, subject: x509.Name, key: EllipticCurvePrivateKey, begins: datetime, lifetime: timedelta
    ) -> x509.CertificateBuilder:
        begins -= timedelta(minutes=1)  # clocks differ
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(begins + lifetime)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common[:64])])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
