"""A failed event in every service, made as the world makes them: a record on its topic that nobody can read."""

from __future__ import annotations

import importlib
from collections.abc import Iterable

from aiokafka import AIOKafkaProducer


def _a_topic_of(service: str) -> str:
    """One it reads."""
    return str(importlib.import_module(f"{service}.main").definition().consumes.topics[0].name)


async def leave_unreadable_records(bootstrap: str, services: Iterable[str]) -> None:
    """They are dead letters at once: no repeat cures them."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=False, linger_ms=0)
    await producer.start()
    try:
        for topic in sorted({_a_topic_of(service) for service in services}):
            await producer.send_and_wait(topic, value=b"unreadable", key=b"walk")
    finally:
        await producer.stop()
