"""A partner bank's events, read from its own Kafka topic as the bank would, with the signature of each checked.

Needs aiokafka (`pip install kamai-client[events]`).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature

from kamai_client.audit.roots import read_keys

JWKS_NAME = "bank-events-jwks.json"


def topic_of(bank: str) -> str:
    return f"kamai.bank.{bank}.accounts.v1"


@dataclass(frozen=True)
class BankEvent:
    """`signature` is "valid", or what is wrong with it; `body` is the JSON payload, see docs/bank-events.md."""

    partition: int
    offset: int
    key: str
    body: Mapping[str, Any]
    signature: str

    def as_dict(self) -> dict[str, Any]:
        place = {"partition": self.partition, "offset": self.offset, "key": self.key, "signature": self.signature}
        return place | {"event": dict(self.body)}


class SignatureCheck:
    """Detached JWS (RFC 7515 appendix F, EdDSA) over the exact bytes, with a key of the published JWK set."""

    def __init__(self, jwks_file: Path) -> None:
        """Raises UnusableFile."""
        self._keys = read_keys([jwks_file])

    def problem(self, signature: str, payload: bytes) -> str:
        """ "" when the signature holds."""
        try:
            head, middle, sealed = signature.split(".")
            key = self._keys[json.loads(_unpadded(head))["kid"]]
            signed = f"{head}.{base64.urlsafe_b64encode(payload).rstrip(b'=').decode()}"
            key.verify(_unpadded(sealed), signed.encode())
        except (ValueError, TypeError):
            return "no detached JWS"
        except KeyError:
            return "signed with a key that is not published"
        except InvalidSignature:
            return "the signature is wrong"
        return "" if not middle else "no detached JWS"


def _unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class BankTopic:
    """An open reader; use `open_topic`."""

    def __init__(self, consumer: Any, check: SignatureCheck | None) -> None:
        self._consumer, self._check = consumer, check

    async def until_now(self) -> list[BankEvent]:
        """What is on the topic at this moment and was not read yet."""
        ends = await self._consumer.end_offsets(self._consumer.assignment())
        found: list[BankEvent] = []
        while any([await self._consumer.position(partition) < end for partition, end in ends.items()]):
            batch = await self._consumer.getmany(timeout_ms=200)
            found += [self._event(record) for records in batch.values() for record in records]
        return found

    async def follow(self) -> AsyncIterator[BankEvent]:
        """Every event to come, without an end."""
        async for record in self._consumer:
            yield self._event(record)

    def _event(self, record: Any) -> BankEvent:
        headers = {name: value.decode() for name, value in record.headers}
        signed = headers.get("kamai-signature", "")
        problem = self._check.problem(signed, record.value) if self._check else "not checked: no key set"
        if not signed:
            problem = "not signed"
        try:
            body = json.loads(record.value)
        except ValueError:
            body = {"unreadable": record.value.decode(errors="replace")}
        key = record.key.decode(errors="replace") if record.key else ""
        return BankEvent(record.partition, record.offset, key, body, problem or "valid")


class NoTopic(Exception):
    """The bank has no topic on this broker; `banks` have one."""

    def __init__(self, bank: str, banks: list[str]) -> None:
        known = f"banks that have one: {', '.join(banks)}" if banks else "no bank has one yet"
        super().__init__(f"there is no topic {topic_of(bank)}: {known}")
        self.banks = banks


_TOPIC = re.compile(re.escape(topic_of("*")).replace(re.escape("*"), "([^.]+)"))


async def _banks(bootstrap: str) -> list[str]:
    """Partner banks with a topic on this broker."""
    from aiokafka import AIOKafkaConsumer

    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=None, enable_auto_commit=False) as consumer:
        return sorted(found[1] for name in await consumer.topics() if (found := _TOPIC.fullmatch(name)))


@asynccontextmanager
async def open_topic(bootstrap: str, bank: str, jwks_file: Path | None, *, from_start: bool) -> AsyncIterator[BankTopic]:
    """Reads every partition of the bank's topic without a group: nothing is committed, nobody is disturbed.

    Raises:
        NoTopic: there is none.
        aiokafka.errors.KafkaError: the broker cannot be reached.
        OSError: the key set cannot be read.
    """
    from aiokafka import AIOKafkaConsumer
    from aiokafka.errors import UnknownTopicOrPartitionError

    check = SignatureCheck(jwks_file) if jwks_file else None
    topic = topic_of(bank)
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, group_id=None, enable_auto_commit=False, request_timeout_ms=10_000,
        auto_offset_reset="earliest", isolation_level="read_committed",
    )  # fmt: skip
    try:
        await consumer.start()
        await (consumer.seek_to_beginning() if from_start else consumer.seek_to_end())
        yield BankTopic(consumer, check)
    except UnknownTopicOrPartitionError:
        raise NoTopic(bank, await _banks(bootstrap)) from None
    finally:
        await consumer.stop()
