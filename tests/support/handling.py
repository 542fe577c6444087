"""Events of other services, handed to a service's real handlers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from chassis.audit.working import Working
from chassis.db.database import PLATFORM
from chassis.events import inbox
from chassis.events.envelope import parse
from chassis.events.inbox import Outcome, Subscription
from chassis.events.record import Event, Record
from chassis.service import Platform
from google.protobuf.message import Message

from support.probe.wire import Raw

_ENTRIES = "SELECT count(*) FROM audit_entry WHERE actor = $1 AND $2 = ANY (subjects)"


def event(topic: str, message: Message, sequence: int = 1, key: str = "") -> Event:
    """As a consumer reads it. The first field of an event is the id of the aggregate it tells of: its key."""
    key = key or getattr(message, message.DESCRIPTOR.fields[0].name)
    raw = Raw(key, sequence, message.SerializeToString(), message.DESCRIPTOR.full_name)
    record = Record(topic, 0, sequence, raw.key.encode(), tuple(raw.headers()), raw.payload())
    return Event(record, parse(record.headers), message)


def subscription_of(subscriptions: Sequence[Subscription], kind: type[Message]) -> Subscription:
    return next(each for each in subscriptions if kind in each.handlers)


async def handle(working: Working, subscriptions: Sequence[Subscription], message: Message) -> None:
    """In a transaction of its consumer, whatever came before of its aggregate."""
    found = subscription_of(subscriptions, type(message))
    told = event(found.topics[0], message)
    await working.run(found.consumer, lambda connection: inbox.take_effect(connection, found, told))


async def every_handler_leaves_an_entry(
    platform: Platform[Any], subscriptions: Sequence[Subscription], told: Sequence[Message]
) -> None:
    """`told` has one event for each handler there is, each of an aggregate of its own. It is handled as from Kafka, and again as
    a repeat: one entry of the consumer names its key."""
    assert {type(message) for message in told} == {kind for each in subscriptions for kind in each.handlers}
    for message in told:
        found = subscription_of(subscriptions, type(message))
        came = event(found.topics[0], message)
        for wanted in (Outcome.HANDLED, Outcome.DUPLICATE):
            work = partial(inbox.handle_batch, subscription=found, events=[came])
            assert await platform.working.run(found.consumer, work) == [wanted]
        async with platform.database.transaction(tenant=PLATFORM) as connection:
            count = await connection.fetchval(_ENTRIES, f"system:{found.consumer}", came.key)
        assert count == 1, type(message).__name__
