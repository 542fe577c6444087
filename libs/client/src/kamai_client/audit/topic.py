"""Roots from the topic a service publishes them to. Needs aiokafka (`pip install kamai-client[events]`)."""

from __future__ import annotations

from google.protobuf.message import DecodeError
from kamai.ops.v1 import audit_pb2 as pb

from kamai_client.audit.roots import Source, UnusableFile


def topic_of(service: str) -> str:
    return f"kamai.audit.{service}.v1"


async def read(bootstrap: str, service: str) -> Source:
    """What is on the topic now: at least the newest root of each chain. Nothing is committed, nobody is disturbed.

    Raises:
        aiokafka.errors.KafkaError: the broker cannot be reached.
        UnusableFile: there is no such topic, or something else is on it.
    """
    from aiokafka import AIOKafkaConsumer
    from aiokafka.errors import UnknownTopicOrPartitionError

    name = topic_of(service)
    consumer = AIOKafkaConsumer(
        name, bootstrap_servers=bootstrap, group_id=None, enable_auto_commit=False, request_timeout_ms=10_000,
        auto_offset_reset="earliest", isolation_level="read_committed",
    )  # fmt: skip
    try:
        await consumer.start()
        await consumer.seek_to_beginning()
        ends = await consumer.end_offsets(consumer.assignment())
        found = []
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            batch = await consumer.getmany(timeout_ms=200)
            found += [_root(record.value, name) for records in batch.values() for record in records if record.value]
        return Source(f"topic {name}", found, whole=False)
    except UnknownTopicOrPartitionError:
        raise UnusableFile(f"there is no topic {name} on this broker") from None
    finally:
        await consumer.stop()


def _root(value: bytes, topic: str) -> pb.AuditRoot:
    try:
        return pb.AuditRoot.FromString(value)
    except DecodeError:
        raise UnusableFile(f"{topic} has a record that is no root") from None
