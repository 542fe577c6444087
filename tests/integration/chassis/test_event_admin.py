"""Failed events in the hands of a person: list, look, replay, discard, over real gRPC with the real consumer beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from chassis.db.pool import Connection
from chassis.events import inbox
from chassis.events.record import Event
from grpc import StatusCode
from kamai.ops.v1 import event_admin_pb2 as pb
from kamai.ops.v1.event_admin_pb2_grpc import EventAdminServiceStub
from support.databases import TestDatabase
from support.probe import things
from support.probe.service import ProbeSettings, definition
from support.probe.station import Station
from support.probe.wire import Raw, publish, read
from support.running import running
from support.services import environment, serving
from support.statuses import refused
from support.tokens import TokenMaker
from support.wait import until

State = pb.FailedEventState


class Switch:
    """A handler that fails for chosen sequences until it is mended."""

    def __init__(self, *bad: int) -> None:
        self.bad = set(bad)

    async def __call__(self, connection: Connection, event: Event) -> None:
        await things.note(connection, event)
        if event.sequence in self.bad:
            raise RuntimeError("not yet")


@pytest.fixture
async def admin(database: TestDatabase, tokens: TokenMaker, station: Station) -> AsyncIterator[Any]:
    settings = ProbeSettings(**environment(database, tokens.jwks))
    async with serving(definition(station.topic), settings) as served:
        yield EventAdminServiceStub(served.channel)


@pytest.fixture
def caller(tokens: TokenMaker) -> Any:
    return tokens.metadata("grace")


def decision(kind: Any, number: int, request_id: str | None = None) -> Any:
    return kind(request_id=request_id or str(uuid4()), id=number, reason="looked at it")


def became(connection: Connection, **wanted: str) -> Callable[[], Awaitable[bool]]:
    """Condition: states by sequence, `s2="PARKED"`."""

    async def look() -> bool:
        rows = await connection.fetch("SELECT sequence, state FROM failed_event")
        return {f"s{row['sequence']}": row["state"] for row in rows} == wanted

    return look


def reached(connection: Connection, key: str, *wanted: int) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        return (await things.effects(connection)).get(key, []) == [*wanted]

    return look


async def parked(connection: Connection, sequence: int = 2) -> int:
    number: int = await connection.fetchval("SELECT id FROM failed_event WHERE sequence = $1", sequence)
    return number


async def test_replay(station: Station, connection: Connection, admin: Any, caller: Any) -> None:
    """A parked event is listed and shown; replayed after a repair it has its effect once, its followers come after it, and who
    decided is kept. A repeat of the call changes nothing."""
    key, switch = things.new_key(), Switch(2)
    await publish(station.bootstrap, station.topic, [Raw(key, n) for n in (1, 2, 3)])
    async with running(station.consumer(things.subscription(station.topic, switch))):
        await until(became(connection, s2="PARKED", s3="WAITING"))
        listed = await admin.ListFailedEvents(
            pb.ListFailedEventsRequest(states=[State.FAILED_EVENT_STATE_PARKED]), metadata=caller
        )
        (event,) = listed.failed_events
        assert (event.key, event.sequence, event.error, event.attempts) == (key, 2, "RuntimeError", things.QUICK.tries)
        shown = (await admin.GetFailedEvent(pb.GetFailedEventRequest(id=event.id), metadata=caller)).failed_event
        assert shown.headers["ce_subject"] == key
        assert '"id": "2"' in shown.payload_json
        switch.bad.clear()
        asked = decision(pb.ReplayFailedEventRequest, event.id)
        first = await admin.ReplayFailedEvent(asked, metadata=caller)
        assert first.failed_event.state == State.FAILED_EVENT_STATE_RETRYING
        await until(reached(connection, key, 1, 2, 3))
        assert await admin.ReplayFailedEvent(asked, metadata=caller) == first
        await until(became(connection, s2="RESOLVED", s3="RESOLVED"))
    row = await connection.fetchrow("SELECT decided_by, decision_reason FROM failed_event WHERE sequence = 2")
    assert row is not None
    assert tuple(row) == ("grace", "looked at it")
    again = await refused(admin.ReplayFailedEvent(decision(pb.ReplayFailedEventRequest, event.id), metadata=caller))
    assert (again.code, again.reason) == (StatusCode.FAILED_PRECONDITION, "ILLEGAL_STATE")


async def test_of_somebody_erased_no_word_is_left(station: Station, connection: Connection, admin: Any, caller: Any) -> None:
    """A discarded event keeps its key's place and who decided, but neither its content nor the reason that was given."""
    key = things.new_key()
    await publish(station.bootstrap, station.topic, [Raw(key, 1)])
    async with running(station.consumer(things.subscription(station.topic, Switch(1)))):
        await until(became(connection, s1="PARKED"))
    discard = decision(pb.DiscardFailedEventRequest, await parked(connection, 1))
    await admin.DiscardFailedEvent(discard, metadata=caller)
    await inbox.forget(connection, [key])
    row = await connection.fetchrow("SELECT state, payload, decided_by, decision_reason FROM failed_event")
    assert row is not None
    assert tuple(row) == ("DISCARDED", None, "grace", "")


async def test_discard_lets_the_key_go_on(station: Station, connection: Connection, admin: Any, caller: Any) -> None:
    """A discarded event has no effect and its followers come."""
    key = things.new_key()
    await publish(station.bootstrap, station.topic, [Raw(key, n) for n in (1, 2, 3)])
    async with running(station.consumer(things.subscription(station.topic, Switch(2)))):
        await until(became(connection, s2="PARKED", s3="WAITING"))
        await admin.DiscardFailedEvent(decision(pb.DiscardFailedEventRequest, await parked(connection)), metadata=caller)
        await until(reached(connection, key, 1, 3))
        await until(became(connection, s2="DISCARDED", s3="RESOLVED"))


async def test_discard_of_an_event_that_waits(station: Station, connection: Connection, admin: Any, caller: Any) -> None:
    """Discarded while it waits behind a parked one, an event leaves no gap: once the parked one is handled, the next follows."""
    key, switch = things.new_key(), Switch(2)
    await publish(station.bootstrap, station.topic, [Raw(key, n) for n in (1, 2, 3, 4, 5)])
    async with running(station.consumer(things.subscription(station.topic, switch))):
        await until(became(connection, s2="PARKED", s3="WAITING", s4="WAITING", s5="WAITING"))
        for sequence in (3, 4):
            await admin.DiscardFailedEvent(
                decision(pb.DiscardFailedEventRequest, await parked(connection, sequence)), metadata=caller
            )
        switch.bad.clear()
        await admin.ReplayFailedEvent(decision(pb.ReplayFailedEventRequest, await parked(connection)), metadata=caller)
        await until(reached(connection, key, 1, 2, 5))


async def test_discard_of_an_unreadable_payload(station: Station, connection: Connection, admin: Any, caller: Any) -> None:
    """Where order matters the key stops behind it; discarded, it lets the key go on."""
    key = things.new_key()
    await publish(station.bootstrap, station.topic, [Raw(key, 1), Raw(key, 2, value=b"\xff\xff"), Raw(key, 3)])
    async with running(station.consumer()):
        await until(became(connection, s2="DEAD", s3="WAITING"))
        await admin.DiscardFailedEvent(decision(pb.DiscardFailedEventRequest, await parked(connection)), metadata=caller)
        await until(reached(connection, key, 1, 3))


async def test_replay_from_the_dead_letters(station: Station, connection: Connection, admin: Any, caller: Any) -> None:
    """An event whose key has gone on can still be replayed: one effect, late. Unrepaired it becomes DEAD again."""
    key, switch = things.new_key(), Switch(2)
    await publish(station.bootstrap, station.topic, [Raw(key, n) for n in (1, 2, 3)])
    async with running(station.consumer(things.subscription(station.topic, switch, ordered=False)), station.relay()):
        await until(reached(connection, key, 1, 3))
        number = await parked(connection)
        await admin.ReplayFailedEvent(decision(pb.ReplayFailedEventRequest, number), metadata=caller)
        assert len(await read(station.bootstrap, f"{station.topic}.dlt", 2)) == 2  # given up once more
        switch.bad.clear()
        await admin.ReplayFailedEvent(decision(pb.ReplayFailedEventRequest, number), metadata=caller)
        await until(reached(connection, key, 1, 3, 2))


async def test_a_discard_during_a_try_stands(station: Station, connection: Connection, admin: Any, caller: Any) -> None:
    """A try that was under way when a person discarded the event cannot bring it back."""
    key = things.new_key()
    await publish(station.bootstrap, station.topic, [Raw(key, 1), Raw(key, 2)])
    async with running(station.consumer(things.subscription(station.topic, Switch(1)))):
        await until(became(connection, s1="PARKED", s2="WAITING"))
        number = await parked(connection, 1)
        await admin.ReplayFailedEvent(decision(pb.ReplayFailedEventRequest, number), metadata=caller)
        await admin.DiscardFailedEvent(decision(pb.DiscardFailedEventRequest, number), metadata=caller)
        await until(reached(connection, key, 2))
    assert await became(connection, s1="DISCARDED", s2="RESOLVED")()


async def test_pages(station: Station, connection: Connection, admin: Any, caller: Any) -> None:
    """All failed events come page by page, newest first and none twice; a token does not fit another filter."""
    keys = [things.new_key() for _ in range(5)]
    await publish(station.bootstrap, station.topic, [Raw(key, 2) for key in keys])
    async with running(station.consumer()):
        await until(lambda: _count(connection, 5))
    seen, token = [], ""
    while True:
        page = await admin.ListFailedEvents(pb.ListFailedEventsRequest(page_size=2, page_token=token), metadata=caller)
        seen += [event.id for event in page.failed_events]
        last, token = token, page.next_page_token
        if not token:
            break
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == 5
    other = pb.ListFailedEventsRequest(states=[State.FAILED_EVENT_STATE_DEAD], page_size=2, page_token=last)
    assert (await refused(admin.ListFailedEvents(other, metadata=caller))).reason == "INVALID_PAGE_TOKEN"


async def _count(connection: Connection, wanted: int) -> bool:
    return bool(await connection.fetchval("SELECT count(*) = $1 FROM failed_event", wanted))


async def test_unknown_numbers(admin: Any, caller: Any) -> None:
    """A number that is no failed event is NOT_FOUND for every verb."""
    calls = [
        admin.GetFailedEvent(pb.GetFailedEventRequest(id=10**6), metadata=caller),
        admin.ReplayFailedEvent(decision(pb.ReplayFailedEventRequest, 10**6), metadata=caller),
        admin.DiscardFailedEvent(decision(pb.DiscardFailedEventRequest, 10**6), metadata=caller),
    ]
    for call in calls:
        assert (await refused(call)).code is StatusCode.NOT_FOUND
