"""The probe's aggregate and events. A FailedEvent message stands for "thing stepped": its id is the thing's version."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from chassis import ids
from chassis.db.pool import Connection
from chassis.events import outbox, topic_creation
from chassis.events.inbox import Handler, Subscription
from chassis.events.record import Event
from chassis.events.retry import RetryPolicy
from chassis.events.topics import Topic, TopicRegistry
from kamai.ops.v1 import event_admin_pb2 as pb

Stepped = pb.FailedEvent
Newer = pb.GetFailedEventRequest  # a type the probe's consumers do not know
PACKAGE = "support.probe.migrations"
QUICK = RetryPolicy(tries=3, first_s=0.02, longest_s=0.05)

STEP = """
INSERT INTO thing (id, version) VALUES ($1, $2)
ON CONFLICT (id) DO UPDATE SET version = thing.version + $2 RETURNING version
"""


def registry(topic: str) -> TopicRegistry:
    """What a consumer of `topic` knows."""
    return TopicRegistry([Topic(topic, "thing", (Stepped,))])


def new_key() -> str:
    return ids.RandomIds().new("thing")


def options(bootstrap: str) -> dict[str, Any]:
    return {"bootstrap_servers": bootstrap, "security_protocol": "PLAINTEXT"}


async def new_topic(bootstrap: str, partitions: int = 3) -> str:
    """A topic of its own for a test, with its dead letter topic."""
    name = f"probe-{secrets.token_hex(4)}"
    await topic_creation.create_topics(options(bootstrap), [name, f"{name}.dlt"], partitions, 1)
    return name


async def step(connection: Connection, topic: str, key: str, count: int = 1) -> int:
    """Moves the thing on by `count` steps, in the caller's transaction: aggregate first, events after. Returns its version."""
    version: int = await connection.fetchval(STEP, ids.raw(key), count)
    await outbox.append(connection, [stepped(topic, key, n) for n in range(version - count + 1, version + 1)])
    return version


def stepped(topic: str, key: str, sequence: int) -> outbox.OutboxEvent:
    return outbox.OutboxEvent(topic, Stepped.DESCRIPTOR.full_name, key, sequence, Stepped(id=sequence).SerializeToString())


async def note(connection: Connection, event: Event) -> None:
    """The effect of an event."""
    await connection.execute(
        "INSERT INTO effect (key, sequence, event_id) VALUES ($1, $2, $3)", event.key, event.sequence, event.envelope.event_id
    )


async def effects(connection: Any) -> dict[str, list[int]]:
    """Sequences by key in the order of their effects."""
    found: dict[str, list[int]] = {}
    for row in await connection.fetch("SELECT key, sequence FROM effect ORDER BY place"):
        found.setdefault(row["key"], []).append(row["sequence"])
    return found


def subscription(topic: str, handler: Handler = note, **more: Any) -> Subscription:
    """A consumer group of the topic's own, quick to try again."""
    settings: Mapping[str, Any] = {"retry": QUICK, **more}
    return Subscription(f"group-{topic}", [topic], {Stepped: handler}, **settings)
