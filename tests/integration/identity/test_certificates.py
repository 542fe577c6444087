"""Machines with client certificates over real TLS, and files that are replaced while the service serves."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import pytest
import structlog
from chassis.identity.certificates import presented
from chassis.identity.refusals import Cause
from cryptography import x509
from devstack.certificates import Authority, Issued
from grpc import StatusCode
from kamai.ops.v1.event_admin_pb2 import ListFailedEventsRequest
from kamai_client import Kamai
from kamai_client.tls import TlsFiles
from support.databases import TestDatabase
from support.forging import ORGANISATION, OTHER, claims
from support.probe.service import ProbeSettings, definition
from support.probe.servicer import Reply, Request, method
from support.services import Served, environment, serving
from support.statuses import refused
from support.tokens import TokenMaker
from support.wait import until

BANK, GATEWAY, CLIENT = "spiffe://indus.example/kamai", "gateway.kamai.example", "spiffe://lakeshore.example/erp"
MAP = f"""
[[certificate]]
name = "{BANK}"
subject = "indus-core"
bank = "indus"
roles = ["bank", "auditor"]

[[certificate]]
name = "{GATEWAY}"
subject = "gateway"
carries_any_tenant = true
roles = ["operator"]

[[certificate]]
name = "{CLIENT}"
subject = "lakeshore-erp"
organisation = "{ORGANISATION}"
roles = ["procurement", "auditor"]
"""


@dataclass(frozen=True)
class Machine:
    """A service that requires client certificates, and whom it trusts."""

    served: Served
    authority: Authority
    folder: Path

    @asynccontextmanager
    async def channel(self, own: Issued, authority: Authority | None = None) -> AsyncIterator[Any]:
        credentials = grpc.ssl_channel_credentials(
            (authority or self.authority).certificate.encode(), own.key.encode(), own.certificate.encode()
        )
        options = [("grpc.use_local_subchannel_pool", 1)]  # a handshake of its own
        async with grpc.aio.secure_channel(self.served.address, credentials, options=options) as opened:
            yield opened


@pytest.fixture
async def machine(database: TestDatabase, tokens: TokenMaker, tmp_path: Path) -> AsyncIterator[Machine]:
    authority = Authority()
    certificate, key = authority.issue(hosts=["127.0.0.1"]).write(tmp_path, "server")
    (tmp_path / "ca.pem").write_text(authority.certificate)
    (tmp_path / "clients.toml").write_text(MAP)
    given = environment(database, tokens.jwks) | {
        "tls_certificate_file": certificate, "tls_key_file": key, "tls_client_ca_file": tmp_path / "ca.pem",
        "tls_client_required": True, "client_certificates": tmp_path / "clients.toml",
    }  # fmt: skip
    async with serving(definition(), ProbeSettings(**given)) as served:
        yield Machine(served, authority, tmp_path)


def asked() -> bytes:
    return Request(request_id=str(uuid4()), id=1, reason="as planned").SerializeToString()


def bearer(token: str) -> list[tuple[str, str]]:
    return [("authorization", f"Bearer {token}")] if token else []


async def caller(machine: Machine, own: Issued, token: str = "") -> tuple[str, str]:
    """Who called, as the log has it."""
    with structlog.testing.capture_logs() as lines:
        async with machine.channel(own) as channel:
            await channel.unary_unary(method("Step"))(asked(), metadata=bearer(token), timeout=10)
    line = next(line for line in lines if line["event"] == "call")
    return line["caller"], line["organisation_id"]


async def cause(machine: Machine, own: Issued, token: str = "") -> Any:
    """Why the call was refused."""
    with structlog.testing.capture_logs() as lines:
        async with machine.channel(own) as channel:
            found = await refused(channel.unary_unary(method("Step"))(asked(), metadata=bearer(token), timeout=10))
    assert found.code is StatusCode.UNAUTHENTICATED
    (line,) = [line for line in lines if line["event"] == "call"]
    return line["cause"]


async def test_a_certificate_is_enough(machine: Machine) -> None:
    """A machine of the map calls without a token, for the tenant the map says."""
    assert await caller(machine, machine.authority.issue(uris=[BANK])) == ("indus-core", "")
    assert await caller(machine, machine.authority.issue(uris=[CLIENT])) == ("lakeshore-erp", ORGANISATION)


async def test_a_machine_and_a_person_of_one_name(machine: Machine, tokens: TokenMaker) -> None:
    """The same request of a certificate and of a token with the same subject is two calls: neither gets the other's reply."""
    own, request = machine.authority.issue(uris=[CLIENT]), asked()
    person = bearer(tokens.token("lakeshore-erp", ORGANISATION))
    async with machine.channel(own) as channel:
        step = channel.unary_unary(method("Step"))
        replies = [Reply.FromString(await step(request, metadata=given)).failed_event.id for given in ([], person, [], person)]
    assert replies == [1, 2, 1, 2]


async def test_certificates_nobody_knows(machine: Machine) -> None:
    """Signed by our authority, but not of the map, of no name, or of the names of two machines: refused, token or not."""
    for own in (
        machine.authority.issue(uris=["spiffe://other.example/kamai"]),
        machine.authority.issue(),
        machine.authority.issue(uris=[BANK, CLIENT]),
        machine.authority.issue(uris=[f"{BANK}/more"]),
        machine.authority.issue(hosts=["127.0.0.1"]),
    ):
        assert await cause(machine, own) is Cause.UNKNOWN_CERTIFICATE


async def test_a_certificate_and_a_token_agree(machine: Machine, tokens: TokenMaker) -> None:
    """The token says who it is, but a machine brings only tokens of its own tenant; a gateway those of all."""
    bank, client = machine.authority.issue(uris=[BANK]), machine.authority.issue(uris=[CLIENT])
    assert await caller(machine, client, tokens.token("amina", ORGANISATION)) == ("amina", ORGANISATION)
    assert await caller(machine, machine.authority.issue(hosts=[GATEWAY]), tokens.token("amina", OTHER)) == ("amina", OTHER)
    for own, token in (
        (client, tokens.token("amina", OTHER)),
        (client, tokens.token("yusuf")),
        (bank, tokens.token("amina", ORGANISATION)),
        (bank, tokens.token("other", bank="other-bank", roles=["bank"])),
    ):
        assert await cause(machine, own, token) is Cause.TENANTS_DIFFER
    assert await cause(machine, client, "rubbish") is Cause.MALFORMED


async def test_a_token_bound_to_a_certificate(machine: Machine, tokens: TokenMaker) -> None:
    """RFC 8705: with the certificate it was made for it counts, stolen it does not."""
    own, thief = machine.authority.issue(uris=[CLIENT]), machine.authority.issue(uris=[CLIENT])
    certificate = presented({"x509_pem_cert": [own.certificate.encode()]})
    assert certificate is not None
    bound = tokens.signed(claims(sub="amina", cnf={"x5t#S256": certificate.thumbprint}))
    assert await caller(machine, own, bound) == ("amina", ORGANISATION)
    assert await cause(machine, thief, bound) is Cause.NOT_BOUND_TO_CERTIFICATE


async def test_handshakes_that_fail(machine: Machine) -> None:
    """Of another authority, expired, or none at all: no call gets through."""
    past = datetime.now(UTC) - timedelta(days=3)
    for own in (
        Authority().issue(uris=[BANK]),
        machine.authority.issue(uris=[BANK], begins=past, lifetime=timedelta(days=1)),
    ):
        async with machine.channel(own) as channel:
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await channel.unary_unary(method("Step"))(asked(), timeout=10)
            assert caught.value.code() is StatusCode.UNAVAILABLE
    nothing = grpc.ssl_channel_credentials(machine.authority.certificate.encode())
    own_pool = [("grpc.use_local_subchannel_pool", 1)]
    async with grpc.aio.secure_channel(machine.served.address, nothing, options=own_pool) as channel:
        step: Any = channel.unary_unary(method("Step"))
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await step(asked(), timeout=10)
        assert caught.value.code() is StatusCode.UNAVAILABLE


async def test_the_map_changes(machine: Machine) -> None:
    """A certificate that is no longer of the map is soon refused, on an open connection too; a broken map changes nothing."""
    own, other = machine.authority.issue(uris=[BANK]), machine.authority.issue(uris=[BANK])
    certificate = presented({"x509_pem_cert": [own.certificate.encode()]})
    assert certificate is not None
    clients = machine.folder / "clients.toml"
    async with machine.channel(other) as channel:

        async def answers(code: StatusCode) -> bool:
            return await channel.unary_unary(method("Step"))(asked(), timeout=10).code() is code

        assert await answers(StatusCode.OK)
        clients.write_text(MAP.replace(f'name = "{BANK}"', f'name = "{BANK}"\nsha256 = "{certificate.sha256}"'))
        await until(lambda: answers(StatusCode.UNAUTHENTICATED))
        assert await caller(machine, own) == ("indus-core", "")
        with structlog.testing.capture_logs() as lines:

            async def noticed() -> bool:
                await answers(StatusCode.UNAUTHENTICATED)
                return any(line["event"] == "changed file not used" for line in lines)

            clients.write_text('[[certificate]]\nname = "canary"')
            await until(noticed)
        assert [line["reason"] for line in lines if "component" in line] == ["certificate.0.subject: Field required"]
        assert await caller(machine, own) == ("indus-core", "")


def served_certificate(address: str) -> int:
    """Serial number of what the server shows in a fresh handshake."""
    host, _, port = address.rpartition(":")
    return x509.load_pem_x509_certificate(ssl.get_server_certificate((host, int(port))).encode()).serial_number


async def test_the_files_are_replaced(database: TestDatabase, tokens: TokenMaker, tmp_path: Path) -> None:
    """The next handshake has the new certificate, of a new authority; half of a change, or a broken file, keeps the old one, and
    the log says so. A call under way and an open connection go on."""
    first, second = Authority("first"), Authority("second")
    certificate, key = first.issue(hosts=["127.0.0.1"]).write(tmp_path, "server")
    given = environment(database, tokens.jwks) | {"tls_certificate_file": certificate, "tls_key_file": key}
    async with serving(definition(), ProbeSettings(**given)) as served:
        shown = await asyncio.to_thread(served_certificate, served.address)
        old = grpc.ssl_channel_credentials(first.certificate.encode())
        async with grpc.aio.secure_channel(served.address, old) as open_channel:
            step: Any = open_channel.unary_unary(method("Step"))
            metadata = bearer(tokens.token("amina", ORGANISATION))
            await step(asked(), metadata=metadata)
            with structlog.testing.capture_logs() as lines:
                certificate.write_text("broken")
                assert await asyncio.to_thread(served_certificate, served.address) == shown
                issued = second.issue(hosts=["127.0.0.1"])
                certificate.write_text(issued.certificate)
                assert await asyncio.to_thread(served_certificate, served.address) == shown
                key.write_text(issued.key)
                renewed = await asyncio.to_thread(served_certificate, served.address)
            assert renewed != shown
            assert [line["event"] for line in lines if line.get("component") == "TLS files"] == [
                "changed file not used", "changed file not used", "changed file in use",
            ]  # fmt: skip
            await step(asked(), metadata=metadata)
        new = grpc.ssl_channel_credentials(second.certificate.encode())
        async with grpc.aio.secure_channel(served.address, new) as channel:
            again: Any = channel.unary_unary(method("Step"))
            await again(asked(), metadata=metadata)


async def test_authorities_are_replaced(machine: Machine) -> None:
    """A client of the new authority comes in, one of the old no longer."""
    before, second = machine.authority.issue(uris=[BANK]), Authority("second")
    assert await caller(machine, before) == ("indus-core", "")
    (machine.folder / "ca.pem").write_text(second.certificate)
    async with machine.channel(second.issue(uris=[BANK])) as channel:
        await channel.unary_unary(method("Step"))(asked(), timeout=10)
    async with machine.channel(before) as channel:
        with pytest.raises(grpc.aio.AioRpcError):
            await channel.unary_unary(method("Step"))(asked(), timeout=10)


async def test_the_client_library_over_tls(machine: Machine, tmp_path: Path) -> None:
    """Its files are what KAMAI_TLS_* name."""
    certificate, key = machine.authority.issue(hosts=[GATEWAY]).write(tmp_path, "own")
    credentials = TlsFiles(str(machine.folder / "ca.pem"), str(certificate), str(key)).credentials()
    async with Kamai(contracts=machine.served.address, credentials=credentials) as kamai:
        assert not (await kamai.failed_events("contracts").ListFailedEvents(ListFailedEventsRequest())).failed_events


async def test_two_addresses(database: TestDatabase, tokens: TokenMaker, tmp_path: Path) -> None:
    """People come to one address with tokens, machines to the other with certificates."""
    authority = Authority()
    certificate, key = authority.issue(hosts=["127.0.0.1"]).write(tmp_path, "server")
    (tmp_path / "ca.pem").write_text(authority.certificate)
    (tmp_path / "clients.toml").write_text(MAP)
    given = environment(database, tokens.jwks) | {
        "tls_certificate_file": certificate, "tls_key_file": key, "tls_client_ca_file": tmp_path / "ca.pem",
        "grpc_mtls_listen": "127.0.0.1:0", "client_certificates": tmp_path / "clients.toml",
    }  # fmt: skip
    async with serving(definition(), ProbeSettings(**given)) as served:
        plain = grpc.ssl_channel_credentials(authority.certificate.encode())
        async with grpc.aio.secure_channel(served.address, plain) as channel:
            step: Any = channel.unary_unary(method("Step"))
            await step(asked(), metadata=bearer(tokens.token("amina", ORGANISATION)))
        own = authority.issue(uris=[BANK])
        mutual = grpc.ssl_channel_credentials(authority.certificate.encode(), own.key.encode(), own.certificate.encode())
        assert served.assembly.server
        async with grpc.aio.secure_channel(served.assembly.server.mtls_address, mutual) as channel:
            step = channel.unary_unary(method("Step"))
            await step(asked())
