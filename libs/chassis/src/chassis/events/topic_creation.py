"""Topics as they have to be: created where they are missing, corrected where they keep events for another time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, for_code

from chassis.events.kafka import MAX_RECORD_BYTES
from chassis.events.topics import Topic

Configs = Mapping[str, Mapping[str, str]]
DAY_MS = 24 * 3600 * 1000
_OF_THE_TOPIC = 1  # the source of an option that was set for the topic itself


def configs(topics: Iterable[Topic], personal_days: int) -> Configs:
    """How long Kafka keeps the events of `topics` and of their dead letters, by name, where it is not the cluster's own rule."""
    # deleted is what lies in a finished segment only: one a day
    briefly = {"cleanup.policy": "delete", "retention.ms": str(personal_days * DAY_MS), "segment.ms": str(DAY_MS)}
    found = {topic.name: {"cleanup.policy": "compact"} for topic in topics if topic.compacted}
    return found | {name: briefly for topic in topics if topic.personal for name in (topic.name, topic.dead_letters)}


async def create_topics(
    options: dict[str, Any], names: Iterable[str], partitions: int, replication: int, own: Configs | None = None
) -> list[str]:
    """Creates those that are missing and returns their names; gives the others the configuration in `own` if theirs differs."""
    own, wanted = own or {}, set(names)
    admin = AIOKafkaAdminClient(**options, client_id="kamai-topics", request_timeout_ms=15_000, retry_backoff_ms=100)
    await admin.start()
    try:
        missing = sorted(wanted - set(await admin.list_topics()))
        if missing:
            always = {"max.message.bytes": str(MAX_RECORD_BYTES)}
            made = [NewTopic(name, partitions, replication, topic_configs=always | dict(own.get(name, {}))) for name in missing]
            for fault in (await admin.create_topics(made)).topic_errors:
                if fault[1] not in (0, TopicAlreadyExistsError.errno):  # another process may have been first
                    raise for_code(fault[1])(f"topic {fault[0]}")
        await _correct(admin, {name: own[name] for name in wanted.difference(missing) & own.keys()})
        return missing
    finally:
        await admin.close()


async def _correct(admin: AIOKafkaAdminClient, own: Configs) -> None:
    """What is altered replaces all that was set for the topic: the rest of it is said again."""
    if not own:
        return
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in own])
    altered = []
    for code, _, _, name, entries in (resource for answer in answers for resource in answer.resources):
        if code:
            raise for_code(code)(f"topic {name}")
        now = {entry[0]: entry[1] for entry in entries if entry[3] == _OF_THE_TOPIC}
        if now != (right := now | dict(own[name])):
            altered.append(ConfigResource(ConfigResourceType.TOPIC, name, configs=right))
    if altered:
        for answer in await admin.alter_configs(altered):
            for code, _, _, name in answer.resources:
                if code:
                    raise for_code(code)(f"topic {name}")
