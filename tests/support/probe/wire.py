"""Records put on a topic directly, as a faulty or newer producer might, and read back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaConsumer
from chassis.events import kafka as clients
from uuid_utils.compat import uuid7

from support.probe.things import Stepped, options

Headers = list[tuple[str, bytes]]


@dataclass(frozen=True)
class Raw:
    """One record as bytes; `without` and `replaced` spoil its headers."""

    key: str
    sequence: int
    value: bytes | None = None
    type: str = Stepped.DESCRIPTOR.full_name
    event_id: UUID = field(default_factory=uuid7)
    spoiled: tuple[tuple[str, bytes | None], ...] = ()

    def spoil(self, **headers: bytes | None) -> Raw:
        """With other values of headers (`_` for `-`); None leaves the header out."""
        return replace(self, spoiled=tuple(headers.items()))

    def headers(self) -> Headers:
        listed: dict[str, bytes | None] = {
            "ce_specversion": b"1.0", "ce_id": str(self.event_id).encode(), "ce_source": b"/test", "ce_type": self.type.encode(),
            "ce_subject": self.key.encode(), "ce_time": datetime.now(UTC).isoformat().encode(),
            "ce_sequence": str(self.sequence).encode(), "content-type": b"application/protobuf",
        }  # fmt: skip
        listed |= dict(self.spoiled)
        return [(name, value) for name, value in listed.items() if value is not None]

    def payload(self) -> bytes:
        return Stepped(id=self.sequence).SerializeToString() if self.value is None else self.value


async def publish(bootstrap: str, topic: str, records: Sequence[Raw]) -> None:
    """Sends in order and waits until all are acknowledged."""
    producer = clients.producer(options(bootstrap), "test")
    await producer.start()
    try:
        for sent in [await producer.send(topic, r.payload(), key=r.key.encode(), headers=r.headers()) for r in records]:
            await sent
    finally:
        await producer.stop()


async def read(bootstrap: str, topic: str, count: int) -> list[Any]:
    """The first `count` records of a topic, each key's in order; AssertionError when they do not come."""
    found: list[Any] = []
    consumer = AIOKafkaConsumer(
        topic, **options(bootstrap), auto_offset_reset="earliest", enable_auto_commit=False, fetch_max_wait_ms=50
    )
    await consumer.start()
    try:
        loop_until = 60
        while len(found) < count:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found += records
            loop_until -= 1
            assert loop_until > 0, f"{len(found)} of {count} records came"
    finally:
        await consumer.stop()
    return found
