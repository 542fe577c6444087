"""Kafka clients with every option said, and topic creation."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

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


def consumer(options: dict[str, Any], client_id: str, group: str, topics: Sequence[str]) -> AIOKafkaConsumer:
    """Commits nothing by itself and starts at the beginning: no event is passed over by default."""
    return AIOKafkaConsumer(
        *topics, **options, client_id=client_id, group_id=group, enable_auto_commit=False, auto_offset_reset="earliest",
        isolation_level="read_committed", session_timeout_ms=10_000, heartbeat_interval_ms=2_000, max_poll_interval_ms=120_000,
        max_poll_records=500, fetch_max_wait_ms=50, fetch_min_bytes=1, fetch_max_bytes=16 * 1024 * 1024,
        max_partition_fetch_bytes=4 * 1024 * 1024, request_timeout_ms=15_000, retry_backoff_ms=100, metadata_max_age_ms=30_000,
        check_crcs=True,
    )  # fmt: skip


async def create_topics(options: dict[str, Any], names: Sequence[str], partitions: int, replication: int) -> list[str]:
    """Creates those that are missing and returns their names."""
    admin = AIOKafkaAdminClient(**options, client_id="kamai-migrate", request_timeout_ms=15_000, retry_backoff_ms=100)
    await admin.start()
    try:
        missing = sorted(set(names) - set(await admin.list_topics()))
        if not missing:
            return []
        reply = await admin.create_topics(
            [
                NewTopic(name, partitions, replication, topic_configs={"max.message.bytes": str(MAX_RECORD_BYTES)})
                for name in missing
            ]
        )
        for fault in reply.topic_errors:
            if fault[1] not in (0, TopicAlreadyExistsError.errno):  # another process may have been first
                raise for_code(fault[1])(f"topic {fault[0]}")
        return missing
    finally:
        await admin.close()
