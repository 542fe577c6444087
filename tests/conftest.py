"""Real parts for all tests: one Postgres and one Kafka a session, started when the first test asks for them."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from devstack import infra
from devstack.kafka import Kafka
from devstack.postgres import Postgres
from hypothesis import HealthCheck, settings
from support.databases import Templates
from support.tokens import TokenMaker

# How long an example takes says something of the machine, not of the code: figures are the benches' business.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A PostgreSQL server of this session; KAMAI_TEST_FSYNC=1 makes it as slow as a production one."""
    server = infra.start_postgres(tmp_path_factory.mktemp("postgres"), fast=not os.environ.get("KAMAI_TEST_FSYNC"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def kafka_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """A Kafka broker of this session."""
    broker = infra.start_kafka(tmp_path_factory.mktemp("kafka"))
    yield broker
    broker.stop()


@pytest.fixture(scope="session")
def kafka(kafka_broker: Kafka) -> str:
    """Its bootstrap address."""
    return kafka_broker.bootstrap


@pytest.fixture(scope="session")
def templates(postgres: Postgres) -> Templates:
    """Makes migrated databases: `async with templates.database("onboarding", "onboarding.migrations") as database`."""
    return Templates(postgres.admin_dsn)


@pytest.fixture(scope="session")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> TokenMaker:
    return TokenMaker(tmp_path_factory.mktemp("tokens"))
