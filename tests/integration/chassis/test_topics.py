"""How long Kafka keeps the events of a topic: said by the service, not left to the cluster."""

from __future__ import annotations

import secrets
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from chassis.events.kafka import MAX_RECORD_BYTES
from chassis.events.topic_creation import DAY_MS, configs, create_topics
from chassis.events.topics import Topic
from support.probe import things


async def kept(bootstrap: str, *names: str) -> dict[str, tuple[Any, ...]]:
    """Policy, milliseconds and largest record by topic."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
    finally:
        await admin.close()
    found = {resource[3]: {entry[0]: entry[1] for entry in resource[4]} for each in answers for resource in each.resources}
    return {name: (of["cleanup.policy"], int(of["retention.ms"]), int(of["max.message.bytes"])) for name, of in found.items()}


async def test_events_with_personal_values_are_kept_for_days(kafka: str) -> None:
    """The topic and its dead letters from their creation; a register compacted; another topic as the cluster has it. A topic that
    keeps them for another time is corrected and loses no other option."""
    mark = secrets.token_hex(4)
    topics = [Topic(f"personal-{mark}", "thing", (), personal=True), Topic(f"register-{mark}", "thing", (), compacted=True)]
    names = [topics[0].name, topics[0].dead_letters, topics[1].name, f"plain-{mark}"]
    options = things.options(kafka)
    assert await create_topics(options, names, 1, 1, configs(topics, 30)) == sorted(names)
    found = await kept(kafka, *names)
    assert {found.pop(topics[0].name), found.pop(topics[0].dead_letters)} == {("delete", 30 * DAY_MS, MAX_RECORD_BYTES)}
    assert [found[name][0] for name in names[2:]] == ["compact", "delete"]
    assert await create_topics(options, names, 1, 1, configs(topics, 7)) == []
    corrected = await kept(kafka, *names)
    assert {corrected.pop(topics[0].name), corrected.pop(topics[0].dead_letters)} == {("delete", 7 * DAY_MS, MAX_RECORD_BYTES)}
    assert corrected == found
