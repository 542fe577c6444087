"""Root keys in a KMS: its protocol over HTTP, and what happens without it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from chassis.db.database import Database
from chassis.db.pool import Connection
from chassis.vault import KeyProviderFault, KeysUnavailable, VaultSettings, open_vault, rotation
from chassis.vault.kms import KmsKeys
from chassis.vault.providers import Wrapped
from integration.chassis_vault.helpers import place, someone
from moto.server import ThreadedMotoServer
from support.proxy import HOST, Proxy

REGION = "eu-central-1"
CONTEXT = {"key": "1", "purpose": "DATA"}
KEY = bytes(range(32))


@pytest.fixture
def kms(monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadedMotoServer]:
    """A KMS on a loopback port; credentials come from where the library looks for them."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-a-test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-a-test")
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def endpoint(kms: ThreadedMotoServer) -> str:
    return "http://{}:{}".format(*kms.get_host_and_port())


def new_root(endpoint: str) -> str:
    client: Any = KmsKeys("", REGION, endpoint)._client
    key_id: str = client.create_key()["KeyMetadata"]["KeyId"]
    return key_id


def settings(endpoint: str, root: str, directory: Path | None = None) -> VaultSettings:
    return VaultSettings(provider="kms", kms_key_id=root, kms_region=REGION, kms_endpoint=endpoint, directory=directory)


@pytest.fixture
async def silent() -> AsyncIterator[str]:
    """A server that takes connections and never answers."""
    open_ones: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: open_ones.append(writer), "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    for writer in open_ones:
        writer.close()
    server.close()


async def test_round_trip(endpoint: str) -> None:
    """A wrapped key opens with its context and names its root key; with another context, or changed, KMS refuses it."""
    keys = KmsKeys(new_root(endpoint), REGION, endpoint)
    wrapped = await keys.wrap(KEY, CONTEXT)
    assert wrapped.provider == "kms"
    assert wrapped.key_id.startswith(f"arn:aws:kms:{REGION}:")
    assert KEY not in wrapped.wrapped
    assert await keys.unwrap(wrapped, CONTEXT) == KEY
    with pytest.raises(KeyProviderFault, match="KMS refused to decrypt: InvalidCiphertextException"):
        await keys.unwrap(wrapped, {"key": "2"})
    with pytest.raises(KeyProviderFault, match="KMS refused to decrypt"):
        await keys.unwrap(Wrapped("kms", wrapped.key_id, wrapped.wrapped[:-1] + b"x"), CONTEXT)


async def test_a_key_it_does_not_know(endpoint: str) -> None:
    """A wrong id in the settings is a fault with KMS' own code."""
    with pytest.raises(KeyProviderFault, match="KMS refused to encrypt: NotFoundException"):
        await KmsKeys("alias/none", REGION, endpoint).wrap(KEY, CONTEXT)


async def test_no_credentials(endpoint: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing to sign with is a fault too, before anything is sent."""
    root = new_root(endpoint)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(KeyProviderFault, match="NoCredentialsError"):
        await KmsKeys(root, REGION, endpoint).wrap(KEY, CONTEXT)


async def test_a_kms_that_is_away(kms: ThreadedMotoServer, endpoint: str, database: Database) -> None:
    """Nobody listens: one clear fault, and a process does not start."""
    root = new_root(endpoint)
    kms.stop()
    with pytest.raises(KeyProviderFault, match="KMS cannot encrypt: EndpointConnectionError"):
        await KmsKeys(root, REGION, endpoint).wrap(KEY, CONTEXT)
    with pytest.raises(KeyProviderFault):
        await open_vault(settings(endpoint, root), database)
    kms.start()


async def test_a_kms_that_says_nothing(silent: str, kms: ThreadedMotoServer) -> None:
    """A silent one is given up in less time than a transaction may be idle."""
    began = time.monotonic()
    with pytest.raises(KeyProviderFault, match="KMS cannot encrypt: ReadTimeoutError"):
        await KmsKeys("key", REGION, silent).wrap(KEY, CONTEXT)
    assert time.monotonic() - began < 9


async def test_a_vault_on_kms(endpoint: str, database: Database, connection: Connection) -> None:
    """Another process opens what one sealed; a new root key takes over, with both processes running."""
    first, second = new_root(endpoint), new_root(endpoint)
    vault = await open_vault(settings(endpoint, first), database)
    sealed = await database.run(lambda c: vault.seal(c, someone(), place(), b"value"))
    other = await open_vault(settings(endpoint, second), database)
    assert await rotation.rewrap_keks(other.keyring, database) == 1
    assert (await connection.fetchval("SELECT provider_key_id FROM key_encryption_key")).endswith(second)
    for each in (vault, other, await open_vault(settings(endpoint, second), database)):
        assert await each.open(connection, place(), sealed) == b"value"


async def test_from_files_to_kms(endpoint: str, roots: Path, database: Database, connection: Connection) -> None:
    """With both providers configured the keys of a service move from files to KMS; then the files may go."""
    vault = await open_vault(VaultSettings(directory=roots), database)
    sealed = await database.run(lambda c: vault.seal(c, someone(), place(), b"value"))
    root = new_root(endpoint)
    with pytest.raises(KeyProviderFault, match="the provider file, which is not configured"):
        await open_vault(settings(endpoint, root), database)
    both = await open_vault(settings(endpoint, root, roots), database)
    assert await rotation.rewrap_keks(both.keyring, database) == 1
    alone = await open_vault(settings(endpoint, root), database)
    assert await alone.open(connection, place(), sealed) == b"value"


async def test_calls_go_on_without_kms(
    kms: ThreadedMotoServer, endpoint: str, database: Database, connection: Connection
) -> None:
    """A process that has its keyring open needs KMS for nothing, new subjects included; one that meets a key-encryption key made
    elsewhere meanwhile says it is unavailable, to all who ask after one try, and goes on once KMS is back."""
    root = new_root(endpoint)
    async with Proxy(kms.get_host_and_port()[1]).running() as cable:
        vault = await open_vault(settings(f"http://{HOST}:{cable.port}", root), database)
        cable.cut()
        before = await database.run(lambda c: vault.seal(c, someone(), place(), b"before"))
        assert await vault.open(connection, place(), before) == b"before"

        other = await open_vault(settings(endpoint, root), database)
        await rotation.rotate_kek(other.keyring, database)
        after = await database.run(lambda c: other.seal(c, someone(), place(), b"after"))
        refused = await asyncio.gather(
            database.run(lambda c: vault.open(c, place(), after)),
            database.run(lambda c: vault.seal(c, someone(), place(), b"new")),
            return_exceptions=True,
        )
        assert [type(each) for each in refused] == [KeysUnavailable] * 2
        assert await vault.open(connection, place(), before) == b"before"

        cable.heal()
        assert await vault.open(connection, place(), after) == b"after"
        new = await database.run(lambda c: vault.seal(c, someone(), place(), b"new"))
        assert await other.open(connection, place(), new) == b"new"
