"""Who runs Postgres, Kafka and the bank: `embedded` (default), `docker` or `external`, by KAMAI_STACK."""

import os
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from devstack import containers, external
from devstack.bank import Bank
from devstack.errors import StackError
from devstack.kafka import Kafka
from devstack.layout import Layout
from devstack.part import BankPart, BrokerPart, DatabasePart
from devstack.postgres import Postgres

PROVIDER_VARIABLE = "KAMAI_STACK"


class Provider(Protocol):
    """Makes the parts, not started yet."""

    @property
    def name(self) -> str: ...

    def postgres(self) -> DatabasePart: ...

    def kafka(self) -> BrokerPart: ...

    def bank(self) -> BankPart: ...


@dataclass(frozen=True)
class Embedded:
    """Everything is a process of this machine, its data below ``.local/data``."""

    layout: Layout
    fast: bool = False
    clock: datetime | None = None
    name: str = "embedded"

    def postgres(self) -> DatabasePart:
        return Postgres(self.layout.data("postgres"), fast=self.fast, log=self.layout.log("postgres"))

    def kafka(self) -> BrokerPart:
        return Kafka(self.layout.data("kafka"), log=self.layout.log("kafka"))

    def bank(self) -> BankPart:
        return Bank(self.layout.data("bank"), clock=self.clock, log=self.layout.log("bank"))


@dataclass(frozen=True)
class Docker(Embedded):
    """Postgres and Kafka are containers; images by KAMAI_POSTGRES_IMAGE and KAMAI_KAFKA_IMAGE."""

    name: str = "docker"

    def postgres(self) -> DatabasePart:
        image = os.environ.get("KAMAI_POSTGRES_IMAGE") or containers.POSTGRES_IMAGE
        return containers.DockerPostgres(self.layout.log("postgres"), image)

    def kafka(self) -> BrokerPart:
        image = os.environ.get("KAMAI_KAFKA_IMAGE") or containers.KAFKA_IMAGE
        return containers.DockerKafka(self.layout.log("kafka"), image)


@dataclass(frozen=True)
class External(Embedded):
    """Addresses by KAMAI_ADMIN_DATABASE_URL and KAMAI_KAFKA_BOOTSTRAP; the bank by KAMAI_BANK_URL, else our own."""

    name: str = "external"

    def postgres(self) -> DatabasePart:
        example = "postgresql://postgres:secret@db.example.org:5432/kamai"
        return external.ExternalPostgres(external.setting("KAMAI_ADMIN_DATABASE_URL", example))

    def kafka(self) -> BrokerPart:
        return external.ExternalKafka(external.setting("KAMAI_KAFKA_BOOTSTRAP", "kafka.example.org:9092"))

    def bank(self) -> BankPart:
        url = os.environ.get("KAMAI_BANK_URL")
        return external.ExternalBank(url) if url else super().bank()


PROVIDERS = {"embedded": Embedded, "docker": Docker, "external": External}


def choose(layout: Layout, *, name: str | None = None, fast: bool = False, clock: datetime | None = None) -> Provider:
    """The provider `name`, by default that of KAMAI_STACK, by default `embedded`."""
    wanted = name or os.environ.get(PROVIDER_VARIABLE) or "embedded"
    if wanted not in PROVIDERS:
        raise StackError(f"{PROVIDER_VARIABLE}={wanted} is unknown: give one of {', '.join(PROVIDERS)}")
    return PROVIDERS[wanted](layout, fast=fast, clock=clock)
