"""Kafka clients with every option said."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from chassis import secret_files
from chassis.settings import ServiceSettings

MAX_RECORD_BYTES = 2 * 1024 * 1024


class _Password(str):
    """The client keeps the password it was given and encodes it for every connection it makes (SCRAM): so that is when the one of
    now is asked for."""

    _now: Callable[[], str]

    @classmethod
    def of(cls, now: Callable[[], str]) -> Self:
        made = cls(now())
        made._now = now
        return made

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return self._now().encode(encoding, errors)


def connection_options(settings: ServiceSettings) -> dict[str, Any]:
    """Where Kafka is and how to prove who we are."""
    options: dict[str, Any] = {
        "bootstrap_servers": settings.kafka_bootstrap,
        "security_protocol": settings.kafka_security_protocol,
    }
    if settings.kafka_security_protocol.endswith("SSL"):
        options["ssl_context"] = ssl.create_default_context(cafile=settings.kafka_ca_file)
    if settings.kafka_security_protocol.startswith("SASL") and settings.kafka_password:
        options |= {
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": settings.kafka_username,
            "sasl_plain_password": _Password.of(secret_files.current(settings, "kafka_password")),
        }
    return options


def producer(options: dict[str, Any], client_id: str) -> AIOKafkaProducer:
    """Idempotent, acknowledged by all in-sync replicas. It can still repeat a record: consumers dedupe."""
    return AIOKafkaProducer(
        **options, client_id=client_id, acks="all", enable_idempotence=True, linger_ms=2, max_batch_size=256 * 1024,
        max_request_size=MAX_RECORD_BYTES, request_timeout_ms=15_000, retry_backoff_ms=50, metadata_max_age_ms=60_000,
        compression_type=None,
    )  # fmt: skip


def consumer(options: dict[str, Any], client_id: str, group: str | None, topics: Sequence[str]) -> AIOKafkaConsumer:
    """Commits nothing by itself and starts at the beginning: no event is passed over by default."""
    return AIOKafkaConsumer(
        *topics, **options, client_id=client_id, group_id=group, enable_auto_commit=False, auto_offset_reset="earliest",
        isolation_level="read_committed", session_timeout_ms=10_000, heartbeat_interval_ms=2_000, max_poll_interval_ms=120_000,
        max_poll_records=500, fetch_max_wait_ms=50, fetch_min_bytes=1, fetch_max_bytes=16 * 1024 * 1024,
        max_partition_fetch_bytes=4 * 1024 * 1024, request_timeout_ms=15_000, retry_backoff_ms=100, metadata_max_age_ms=30_000,
        check_crcs=True,
    )  # fmt: skip
