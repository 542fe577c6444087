"""What relay and consumer rely on in a broker's clients."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

import pytest
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError, MessageSizeTooLargeError
from support.wait import until

from .conftest import Broker

KEYS = [f"key-{n}".encode() for n in range(12)]


async def send(broker: Broker, topic: str, count: int, first: int = 0) -> None:
    """`count` records per key, numbered from `first`, all acknowledged."""
    producer = broker.producer()
    await producer.start()
    try:
        sent = [
            await producer.send(topic, str(number).encode(), key=key, headers=[("n", b"%d" % number), ("n", b"again")])
            for number in range(first, first + count)
            for key in KEYS
        ]
        await asyncio.gather(*sent)
    finally:
        await producer.stop()


async def take(client: Any, found: dict[bytes, list[int]], commit: bool = True) -> bool:
    """One round of a member; adds what came to `found` by key."""
    for place, records in (await client.getmany(timeout_ms=300, max_records=500)).items():
        for record in records:
            assert (record.topic, record.partition) == (place.topic, place.partition)
            assert record.headers == (("n", record.value), ("n", b"again"))
            found.setdefault(record.key, []).append(int(record.value))
        if commit:
            await client.commit({place: records[-1].offset + 1})
    return True


def all_of(found: dict[bytes, list[int]], numbers: range) -> bool:
    return found == {key: list(numbers) for key in KEYS}


async def _collect(client: Any, found: dict[bytes, list[int]], numbers: range, commit: bool = True) -> None:
    async def look() -> bool:
        await take(client, found, commit)
        return sum(map(len, found.values())) >= len(KEYS) * len(numbers)

    await until(look, timeout_s=30)
    assert all_of(found, numbers)


async def test_records_of_a_key_stay_in_order(broker: Broker) -> None:
    """What was acknowledged is delivered once to a quiet group, each key in the order it was sent, with its headers."""
    topic, found = await broker.topic(), dict[bytes, list[int]]()
    await send(broker, topic, 20)
    client = broker.consumer(secrets.token_hex(4), topic)
    await client.start()
    await _collect(client, found, range(20))
    await client.stop()


async def test_what_was_not_committed_comes_again(broker: Broker) -> None:
    """A member that leaves without committing is followed by one that gets the same records; after a commit it does not."""
    topic, group = await broker.topic(), secrets.token_hex(4)
    await send(broker, topic, 3)
    for commit in (False, True):
        found = dict[bytes, list[int]]()
        client = broker.consumer(group, topic)
        await client.start()
        await _collect(client, found, range(3), commit)
        await client.stop()
    await send(broker, topic, 2, first=3)
    found = {}
    client = broker.consumer(group, topic)
    await client.start()
    await _collect(client, found, range(3, 5))
    await client.stop()


async def test_members_share_the_partitions(broker: Broker) -> None:
    """Two members of a group get every record between them, a key at one of them; when one leaves, the other gets the rest."""
    topic, group = await broker.topic(), secrets.token_hex(4)
    first, second = broker.consumer(group, topic), broker.consumer(group, topic)
    await asyncio.gather(first.start(), second.start())
    ours, theirs = dict[bytes, list[int]](), dict[bytes, list[int]]()

    async def shared() -> bool:
        """Both have partitions: each got something of a round."""
        await asyncio.gather(take(first, ours), take(second, theirs))
        return sum(map(len, [*ours.values(), *theirs.values()])) >= len(KEYS) * 4

    await send(broker, topic, 4)
    await until(shared, timeout_s=30)
    everything = {key: sorted(ours.get(key, []) + theirs.get(key, [])) for key in KEYS}
    assert all_of(everything, range(4))
    await second.stop()
    await send(broker, topic, 2, first=4)
    rest = dict[bytes, list[int]]()
    await _collect(first, rest, range(4, 6))
    await first.stop()


async def test_a_member_that_was_pushed_out_cannot_commit(broker: Broker) -> None:
    """An offset of a partition that is not one's own is refused."""
    topic, group = await broker.topic(), secrets.token_hex(4)
    client, found = broker.consumer(group, topic), dict[bytes, list[int]]()
    await client.start()
    await send(broker, topic, 1)
    await _collect(client, found, range(1))
    other = await broker.topic()
    place = next(iter(client.positions)) if broker.fake else next(iter(client.assignment()))
    with pytest.raises((CommitFailedError, IllegalStateError)):
        await client.commit({type(place)(other, 0): 1})
    await client.stop()


async def test_what_a_producer_refuses(broker: Broker) -> None:
    """An unknown topic and a record above the limit are told at once, and the producer goes on."""
    topic = await broker.topic()
    producer = broker.producer()
    await producer.start()
    with pytest.raises((KafkaError, TimeoutError)):
        await asyncio.wait_for(producer.partitions_for("no-such-topic"), 0.5)
    assert await producer.partitions_for(topic) == {0, 1, 2}
    with pytest.raises(MessageSizeTooLargeError):
        await producer.send(topic, b"x" * (2 * 1024 * 1024), key=b"k", headers=[])
    await (await producer.send(topic, b"fine", key=b"k", headers=[]))
    await producer.stop()
