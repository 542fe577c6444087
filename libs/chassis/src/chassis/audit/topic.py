"""The topic of a service's roots. Compacted: Kafka keeps each tenant's newest root for ever, and older ones for a while only. The
file, or a reader that keeps what it read, is the witness for those."""

from __future__ import annotations

from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code


def name(service: str) -> str:
    return f"kamai.audit.{service}.v1"


async def create(options: dict[str, Any], service: str, replication: int) -> bool:
    """Creates the topic if it is missing; whether it did. `options` as of chassis.events.kafka.connection_options."""
    admin = AIOKafkaAdminClient(**options, client_id="kamai-audit", request_timeout_ms=15_000, retry_backoff_ms=100)
    await admin.start()
    try:
        if name(service) in await admin.list_topics():
            return False
        topic = NewTopic(name(service), 1, replication, topic_configs={"cleanup.policy": "compact"})
        reply = await admin.create_topics([topic])
        code = reply.topic_errors[0][1]
        if code not in (0, TopicAlreadyExistsError.errno):  # another process may have been first
            raise for_code(code)(f"topic {name(service)}")
        return bool(code == 0)
    finally:
        await admin.close()
