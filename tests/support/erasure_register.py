"""Onboarding's part in an erasure, for tests of those who hear of it: records as its relay writes them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from aiokafka import AIOKafkaProducer
from chassis.events import envelope
from chassis.events.record import Record
from google.protobuf.message import Message
from kamai.onboarding.v1 import events_pb2

TOPIC, CONTRACTORS = "kamai.onboarding.erasure.v1", "kamai.onboarding.contractor.v1"


def _headers(key: str, sequence: int, message: Message) -> list[tuple[str, bytes]]:
    row: dict[str, Any] = {
        "event_id": uuid4(), "type": message.DESCRIPTOR.full_name, "key": key.encode(), "created_at": datetime.now(UTC),
        "aggregate_version": sequence, "headers": {},
    }  # fmt: skip
    return envelope.headers(b"/kamai/onboarding", row)


def record_of(contractor_id: str, sequence: int, message: Message) -> Record:
    """An event of the contractor as a consumer gets it."""
    headers = tuple(_headers(contractor_id, sequence, message))
    return Record(CONTRACTORS, 0, sequence, contractor_id.encode(), headers, message.SerializeToString())


async def tell_erased(bootstrap: str, contractor_id: str) -> None:
    """Puts the contractor into the register in Kafka."""
    message = events_pb2.ErasureRegistered(contractor_id=contractor_id)
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    try:
        await producer.send_and_wait(
            TOPIC, message.SerializeToString(), key=contractor_id.encode(), headers=_headers(contractor_id, 1, message)
        )
    finally:
        await producer.stop()
