"""CloudEvents 1.0 in Kafka's binary mode: attributes are `ce_` headers, the payload is the record's value.

Written by hand for the relay's speed; a test holds it against the cloudevents library.
`ce_sequence` is the event's place within its aggregate, from 1 without gaps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.events.topics import UndecodableEvent

Headers = Sequence[tuple[str, bytes]]
PROTOBUF = b"application/protobuf"
MAX_ATTRIBUTE_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Envelope:
    """The attributes of a received event."""

    event_id: UUID
    type: str
    source: str
    subject: str
    sequence: int
    time: datetime
    traceparent: str = ""
    content_type: str = "application/protobuf"


def headers(source: bytes, row: Mapping[str, Any]) -> list[tuple[str, bytes]]:
    """Kafka headers of an outbox row. `row["headers"]` (text by name) adds to them or replaces ours."""
    listed = {
        "ce_specversion": b"1.0",
        "ce_id": str(row["event_id"]).encode(),
        "ce_source": source,
        "ce_type": row["type"].encode(),
        "ce_subject": row["key"],
        "ce_time": row["created_at"].isoformat().encode(),
        "ce_sequence": b"%d" % row["aggregate_version"],
        "content-type": PROTOBUF,
    }
    for name, value in row["headers"].items():
        listed[name] = value.encode()
    return list(listed.items())


def parse(raw: Iterable[tuple[str, bytes]]) -> Envelope:
    """Reads received headers; raises UndecodableEvent naming the first attribute that is missing or malformed."""
    values: dict[str, str] = {}
    for name, value in raw:
        if len(value or b"") > MAX_ATTRIBUTE_BYTES:
            raise UndecodableEvent(f"header {name[:40]} is too long")
        values[name] = (value or b"").decode("utf-8", errors="replace")
        if "\0" in values[name]:  # Postgres has no place for it
            raise UndecodableEvent(f"header {name[:40]} has a NUL character")
    if values.get("ce_specversion") != "1.0":
        raise UndecodableEvent("ce_specversion is not 1.0")
    try:
        sequence = int(values["ce_sequence"])
        envelope = Envelope(
            event_id=UUID(values["ce_id"]),
            type=values["ce_type"],
            source=values["ce_source"],
            subject=values["ce_subject"],
            sequence=sequence,
            time=datetime.fromisoformat(values["ce_time"]),
            traceparent=values.get("traceparent", ""),
            content_type=values.get("content-type", "application/protobuf"),
        )
    except KeyError as missing:
        raise UndecodableEvent(f"header {missing.args[0]} is missing") from None
    except ValueError:
        raise UndecodableEvent("ce_id, ce_time or ce_sequence is malformed") from None
    if not 1 <= sequence < 2**63 or not envelope.subject or envelope.time.tzinfo is None:
        raise UndecodableEvent("ce_sequence, ce_subject or ce_time is out of range")
    return envelope
