"""A record as it came from Kafka, and how it is kept when it cannot be handled."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message

from chassis.events.envelope import Envelope
from chassis.events.topics import UndecodableEvent


@dataclass(frozen=True, slots=True)
class Record:
    """Place, headers and bytes of one Kafka record."""

    topic: str
    partition: int
    offset: int
    key: bytes
    headers: tuple[tuple[str, bytes], ...]
    value: bytes

    @classmethod
    def of(cls, raw: Any) -> Record:
        return cls(
            raw.topic,
            raw.partition,
            raw.offset,
            raw.key or b"",
            tuple((n, v or b"") for n, v in raw.headers),
            raw.value or b"",
        )

    @classmethod
    def kept(cls, row: Mapping[str, Any]) -> Record:
        """From a row of failed_event."""
        headers = tuple((name, base64.b64decode(value)) for name, value in row["headers"])
        return cls(
            row["topic"],
            row["partition"],
            row["record_offset"],
            row["key"].encode(),
            headers,
            row["payload"] or b"",
        )

    def headers_json(self) -> list[list[str]]:
        return [[name, base64.b64encode(value).decode()] for name, value in self.headers]


def readable(raw: bytes) -> str:
    """As text that Postgres can hold, whatever the bytes are."""
    return raw.decode("utf-8", "backslashreplace").replace("\0", "\\x00")


@dataclass(frozen=True, slots=True)
class Event:
    """A decoded event: what a handler gets. `message` is None for a type this consumer does not know, and for a payload that is
    not what its type says: `unreadable` then says so, and no handler sees it."""

    record: Record
    envelope: Envelope
    message: Message | None
    unreadable: UndecodableEvent | None = None

    @property
    def key(self) -> str:
        return self.envelope.subject

    @property
    def sequence(self) -> int:
        return self.envelope.sequence
