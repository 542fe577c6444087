"""Which messages travel on which topic. Every service lists its topics once; docs, topic creation and decoding follow from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from google.protobuf.message import DecodeError, Message


class UndecodableEvent(Exception):
    """The bytes are not what their type says, or the type is not known to this topic."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic: all events of one kind of aggregate, keyed by its id, so that they stay in order.

    `aggregate` is the id prefix of its key. `messages` are the event types; a consumer that knows fewer counts the others.
    `compacted`: Kafka keeps the newest event of each key for ever. `personal`: personal values travel on it, sealed with a key
    that no erasure destroys, so that Kafka deletes its events after KAMAI_PERSONAL_TOPIC_DAYS.
    """

    name: str
    aggregate: str
    messages: tuple[type[Message], ...]
    compacted: bool = False
    personal: bool = False

    @property
    def dead_letters(self) -> str:
        return f"{self.name}.dlt"


class TopicRegistry:
    """Topics by message."""

    def __init__(self, topics: Iterable[Topic]) -> None:
        self.topics: Sequence[Topic] = tuple(topics)
        self._by_message = {message.DESCRIPTOR.full_name: topic for topic in self.topics for message in topic.messages}
        self._types = {message.DESCRIPTOR.full_name: message for topic in self.topics for message in topic.messages}

    def of(self, message: Message) -> Topic:
        return self._by_message[message.DESCRIPTOR.full_name]

    def decode(self, type_name: str, payload: bytes) -> Message | None:
        """The message, or None for a type that this registry does not know: newer producers may send more types."""
        kind = self._types.get(type_name)
        if kind is None:
            return None
        try:
            return kind.FromString(payload)
        except DecodeError:
            raise UndecodableEvent(f"not a {type_name}") from None
