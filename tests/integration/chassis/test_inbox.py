"""Kafka to effect: what a consumer does with repeats, gaps, failures and rubbish."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from chassis.db.pool import Connection
from chassis.events.inbox import Subscription
from chassis.events.record import Event
from chassis.events.retry import RetryPolicy
from support.probe import things
from support.probe.station import Station
from support.probe.wire import Raw, publish, read
from support.running import running
from support.wait import until


def reached(connection: Connection, wanted: dict[str, list[int]]) -> Callable[[], Coroutine[Any, Any, bool]]:
    """A condition: exactly these effects so far."""

    async def look() -> bool:
        return await things.effects(connection) == wanted

    return look


def states(connection: Connection) -> Callable[[], Coroutine[Any, Any, list[str]]]:
    async def look() -> list[str]:
        return [row["state"] for row in await connection.fetch("SELECT state FROM failed_event ORDER BY id")]

    return look


def became(connection: Connection, *wanted: str) -> Callable[[], Coroutine[Any, Any, bool]]:
    async def look() -> bool:
        return await states(connection)() == [*wanted]

    return look


def failing(bad_key: str, bad_sequence: int, times: int = 10**9) -> Callable[[Connection, Event], Coroutine[Any, Any, None]]:
    """A handler that notes the effect and then fails at one event, the first `times` times."""
    left = [times]

    async def handle(connection: Connection, event: Event) -> None:
        await things.note(connection, event)
        if (event.key, event.sequence) == (bad_key, bad_sequence) and left[0] > 0:
            left[0] -= 1
            raise RuntimeError("poisoned")

    return handle


async def test_repeats_and_stale_events_have_no_effect(station: Station, connection: Connection) -> None:
    """The same record twice, the same event at another offset, and an older event of the aggregate: one effect each."""
    key, other = things.new_key(), things.new_key()
    first, second = Raw(key, 1), Raw(key, 2)
    await publish(station.bootstrap, station.topic, [first, first, second, first, Raw(key, 1), second, Raw(other, 1)])
    async with running(station.consumer()):
        await until(reached(connection, {key: [1, 2], other: [1]}))
        await publish(station.bootstrap, station.topic, [second, Raw(key, 2), Raw(key, 3)])
        await until(reached(connection, {key: [1, 2, 3], other: [1]}))


async def test_a_restarted_consumer_goes_on_where_it_was(station: Station, connection: Connection) -> None:
    """Offsets are committed after the effect: nothing is repeated and nothing is passed over across consumers."""
    key = things.new_key()
    for last in (3, 6):
        await publish(station.bootstrap, station.topic, [Raw(key, n) for n in range(last - 2, last + 1)])
        async with running(station.consumer()):
            await until(reached(connection, {key: list(range(1, last + 1))}))


async def test_a_gap_waits_until_the_missing_event_comes(station: Station, connection: Connection) -> None:
    """Later events wait while one is missing; once it comes all follow in order. Other keys are not held up."""
    key, other = things.new_key(), things.new_key()
    await publish(station.bootstrap, station.topic, [Raw(key, 1), Raw(key, 3), Raw(key, 4), Raw(other, 1)])
    async with running(station.consumer()):
        await until(became(connection, "WAITING", "WAITING"))
        await until(reached(connection, {key: [1], other: [1]}))
        await publish(station.bootstrap, station.topic, [Raw(key, 2), Raw(key, 5)])
        await until(reached(connection, {key: [1, 2, 3, 4, 5], other: [1]}))
        await until(became(connection, *["RESOLVED"] * len(await states(connection)())))


async def test_a_gap_that_stays_is_alarmed_once(station: Station, connection: Connection) -> None:
    """A gap older than the policy allows is marked as alarmed, and stays."""
    key = things.new_key()
    policy = RetryPolicy(gap_alarm_s=0)
    await publish(station.bootstrap, station.topic, [Raw(key, 2)])
    async with running(station.consumer(things.subscription(station.topic, retry=policy))):
        await until(became(connection, "WAITING"))
        await until(lambda: connection.fetchval("SELECT alarmed_at FROM failed_event"))
    assert await things.effects(connection) == {}


@pytest.mark.parametrize("place", [0, 250, 499])
async def test_a_poisoned_event_delays_no_other_key(station: Station, connection: Connection, place: int) -> None:
    """One failing event within a full batch: the effects of every other key are there as soon as without it, give or take 1 s."""
    keys = [things.new_key() for _ in range(500)]
    await publish(station.bootstrap, station.topic, [Raw(key, 1) for key in keys])
    sound = things.subscription(station.topic)
    poisoned = things.subscription(station.topic, failing(keys[place], 1))

    async def seconds(consumer: Any, wanted: int) -> float:
        started = time.monotonic()
        async with running(consumer):
            await until(lambda: _count(connection, wanted), timeout_s=60, every_s=0.01)
            return time.monotonic() - started

    with_poison = await seconds(station.consumer(poisoned), 499)
    assert keys[place] not in await things.effects(connection)
    await connection.execute("DELETE FROM effect; DELETE FROM inbox; DELETE FROM inbox_position; DELETE FROM failed_event")
    without = await seconds(station.consumer(Subscription(f"fresh-{station.topic}", sound.topics, sound.handlers)), 500)
    assert with_poison - without < 1 + without  # the machine may be slow: then both are


async def _count(connection: Connection, wanted: int) -> bool:
    return bool(await connection.fetchval("SELECT count(*) >= $1 FROM effect", wanted))


async def test_a_passing_failure_is_tried_again_in_order(station: Station, connection: Connection) -> None:
    """An event that fails a few times has its effect at a later try, and the later events of its key follow it."""
    key = things.new_key()
    await publish(station.bootstrap, station.topic, [Raw(key, n) for n in range(1, 6)])
    patient = RetryPolicy(tries=10, first_s=0.01, longest_s=0.02)
    async with running(station.consumer(things.subscription(station.topic, failing(key, 2, times=6), retry=patient))):
        await until(reached(connection, {key: [1, 2, 3, 4, 5]}))
    assert set(await states(connection)()) == {"RESOLVED"}


async def test_where_order_matters_the_key_is_parked(station: Station, connection: Connection) -> None:
    """Out of tries, the event is PARKED and the rest of its key waits; another key goes on."""
    key, other = things.new_key(), things.new_key()
    await publish(station.bootstrap, station.topic, [Raw(key, 1), Raw(key, 2), Raw(key, 3)])
    async with running(station.consumer(things.subscription(station.topic, failing(key, 2)))):
        await until(became(connection, "PARKED", "WAITING"))
        await publish(station.bootstrap, station.topic, [Raw(key, 4), Raw(other, 1)])
        await until(became(connection, "PARKED", "WAITING", "WAITING"))
        await until(reached(connection, {key: [1], other: [1]}))
    row = await connection.fetchrow("SELECT error, attempts FROM failed_event WHERE state = 'PARKED'")
    assert row is not None
    assert (row["error"], row["attempts"]) == ("RuntimeError", things.QUICK.tries)


async def test_where_order_does_not_matter_the_event_goes_to_the_dead_letters(station: Station, connection: Connection) -> None:
    """Out of tries, the event goes to the dead letter topic with its original headers and why; its key goes on."""
    key = things.new_key()
    bad = Raw(key, 2)
    await publish(station.bootstrap, station.topic, [Raw(key, 1), bad, Raw(key, 3)])
    wanted = things.subscription(station.topic, failing(key, 2), ordered=False)
    async with running(station.consumer(wanted), station.relay()):
        await until(reached(connection, {key: [1, 3]}))
        (letter,) = await read(station.bootstrap, f"{station.topic}.dlt", 1)
    headers = dict(letter.headers)
    assert (letter.key, letter.value) == (key.encode(), bad.payload())
    assert {name: headers[name] for name, _ in bad.headers() if name != "ce_time"} == {
        name: value for name, value in bad.headers() if name != "ce_time"
    }
    assert headers["dlt-consumer"] == wanted.consumer.encode()
    assert headers["dlt-error"] == b"RuntimeError"
    assert headers["dlt-topic"] == station.topic.encode()
    assert headers["dlt-first-failed"] < headers["dlt-last-failed"]


SPOILED: dict[str, dict[str, bytes | None]] = {
    "no id": {"ce_id": None},
    "no type": {"ce_type": None},
    "no version": {"ce_specversion": None},
    "another version": {"ce_specversion": b"0.3"},
    "no uuid": {"ce_id": b"17"},
    "no number": {"ce_sequence": b"first"},
    "sequence 0": {"ce_sequence": b"0"},
    "huge sequence": {"ce_sequence": b"9" * 30},
    "no subject": {"ce_subject": b""},
    "no time": {"ce_time": b"yesterday"},
    "no zone": {"ce_time": b"2026-01-01T00:00:00"},
    "a NUL": {"ce_subject": b"thing\x00"},
    "a NUL in a foreign header": {"other": b"\x00"},
    "no UTF-8": {"ce_id": b"\xff\xfe"},
    "far too long": {"ce_subject": b"x" * 5000},
}


async def test_unreadable_records_go_to_the_dead_letters_at_once(station: Station, connection: Connection) -> None:
    """Whatever is wrong with the headers: the record is kept as DEAD, its bytes lie on the dead letter topic, its neighbours
    are handled."""
    key = things.new_key()
    bad = [Raw(f"bad-{name}", 1, value=name.encode()).spoil(**headers) for name, headers in SPOILED.items()]
    await publish(station.bootstrap, station.topic, [Raw(key, 1), *bad, Raw(key, 2)])
    async with running(station.consumer(), station.relay()):
        await until(reached(connection, {key: [1, 2]}))
        await until(became(connection, *["DEAD"] * len(bad)))
        letters = await read(station.bootstrap, f"{station.topic}.dlt", len(bad))
    assert {letter.value for letter in letters} == {r.value for r in bad}
    assert all(dict(letter.headers)["dlt-error"].startswith(b"Undecodable") for letter in letters)


@pytest.mark.parametrize("ordered", [True, False])
async def test_an_unreadable_payload_keeps_its_place(station: Station, connection: Connection, ordered: bool) -> None:
    """Sound headers over rubbish: dead letter at once; where order matters the key stops behind it, elsewhere it goes on."""
    key = things.new_key()
    await publish(station.bootstrap, station.topic, [Raw(key, 1), Raw(key, 2, value=b"\xff\xff\xff"), Raw(key, 3)])
    async with running(station.consumer(things.subscription(station.topic, ordered=ordered)), station.relay()):
        (letter,) = await read(station.bootstrap, f"{station.topic}.dlt", 1)
        await until(became(connection, *(["DEAD", "WAITING"] if ordered else ["DEAD"])))
        await until(reached(connection, {key: [1] if ordered else [1, 3]}))
    assert letter.value == b"\xff\xff\xff"


async def test_an_unknown_type_moves_the_position(station: Station, connection: Connection) -> None:
    """A newer producer's event has no effect here, but the next one of its key is no gap."""
    key = things.new_key()
    await publish(
        station.bootstrap, station.topic, [Raw(key, 1), Raw(key, 2, type=things.Newer.DESCRIPTOR.full_name), Raw(key, 3)]
    )
    async with running(station.consumer()):
        await until(reached(connection, {key: [1, 3]}))
    assert await states(connection)() == []


async def test_a_subscription_may_start_anywhere(station: Station, connection: Connection) -> None:
    """With from_any the first event seen of an aggregate counts as its first; after that the order holds."""
    key = things.new_key()
    await publish(station.bootstrap, station.topic, [Raw(key, 7), Raw(key, 8), Raw(key, 3), Raw(key, 10)])
    async with running(station.consumer(things.subscription(station.topic, from_any=True))):
        await until(became(connection, "WAITING"))
        await until(reached(connection, {key: [7, 8]}))


async def test_a_rebalance_loses_and_repeats_nothing(station: Station, connection: Connection) -> None:
    """While events flow, a second consumer joins the group and the first one leaves: every effect once and in order."""
    keys = [things.new_key() for _ in range(30)]

    async def write() -> None:
        for n in range(1, 31):
            async with station.database.pool.acquire() as other, other.transaction():
                for key in sorted(keys):
                    await things.step(other, station.topic, key)
            if n in (8, 16):
                reports[n].set()

    reports = {8: asyncio.Event(), 16: asyncio.Event()}
    async with running(station.relay()):
        async with running(station.consumer()):
            writer = asyncio.create_task(write())
            await reports[8].wait()
            second = running(station.consumer())
            await second.__aenter__()
            await reports[16].wait()
        await writer
        await until(reached(connection, {key: list(range(1, 31)) for key in keys}), timeout_s=60)
        await second.__aexit__(None, None, None)
