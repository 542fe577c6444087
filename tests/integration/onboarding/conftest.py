"""The service in this process: with a clock of its own hand (`office`), and whole with Kafka (`live`)."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc
import pytest
from chassis.sealed import Opener
from chassis.service import assembled
from chassis.vault import private_files
from chassis.vault.blind import new_key
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from integration.onboarding.office import SAMPLE_LIST, Keys, Office
from onboarding.config import OnboardingSettings
from onboarding.main import definition
from support.audited import every_change_is_audited  # noqa: F401
from support.databases import Templates, TestDatabase
from support.services import environment, serving
from support.tokens import TokenMaker


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    private = X25519PrivateKey.generate()
    raw = private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    file = tmp_path_factory.mktemp("keys") / "instruction.pub"
    file.write_bytes(base64.b64encode(raw))
    new_key(file.with_name("blind-index.key"))
    signing = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    private_files.write(file.with_name("audit.pem"), signing.decode())
    private_files.write(opening := file.with_name("instruction.key"), base64.b64encode(private.private_bytes_raw()).decode())
    return Keys(file.parent, Opener(opening))


@pytest.fixture(scope="session")
async def database(templates: Templates) -> AsyncIterator[TestDatabase]:
    async with templates.database("onboarding", "onboarding.migrations") as found:
        yield found


@asynccontextmanager
async def quiet(database: TestDatabase, tokens: TokenMaker, keys: Keys, **more: str) -> AsyncIterator[Office]:
    """gRPC only; nothing happens by the clock unless the test says so."""
    settings = OnboardingSettings(**environment(database, tokens.jwks, **(keys.settings | more)))
    async with assembled(definition(), settings, "serve") as assembly:
        assert assembly.server is not None
        address = await assembly.server.start()
        await assembly.server.serving()
        parts = await definition().build(assembly.platform)
        async with grpc.aio.insecure_channel(address) as channel:
            yield Office(channel, tokens, parts.schedules)
        await assembly.server.stop()


@pytest.fixture(scope="session")
async def office(database: TestDatabase, tokens: TokenMaker, keys: Keys) -> AsyncIterator[Office]:
    """With the sample list imported."""
    async with quiet(database, tokens, keys) as office:
        await office.import_list(SAMPLE_LIST)
        yield office


@pytest.fixture
async def fresh_office(templates: Templates, tokens: TokenMaker, keys: Keys) -> AsyncIterator[Office]:
    """A service on an empty database: no list was ever imported."""
    async with templates.database("onboarding", "onboarding.migrations") as database, quiet(database, tokens, keys) as office:
        yield office


@pytest.fixture(scope="session")
async def live(templates: Templates, kafka: str, tokens: TokenMaker, keys: Keys) -> AsyncIterator[Office]:
    """Everything running, events over real Kafka, with the sample list imported."""
    async with templates.database("onboarding", "onboarding.migrations") as database:
        settings = OnboardingSettings(**environment(database, tokens.jwks, kafka, **keys.settings))
        async with serving(definition(), settings, "all") as served:
            office = Office(served.channel, tokens)
            await office.import_list(SAMPLE_LIST)
            yield office
