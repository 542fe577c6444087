"""The consumer's side of exactly-once effect: claim, order and effect in one transaction.

Per aggregate the next sequence is handled, an older one is dropped, a later one waits in failed_event until the gap closes. An
event that failed does not move its aggregate's position, so that all later ones wait behind it by the same rule.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from google.protobuf.message import Message

from chassis import trace
from chassis.audit import trail
from chassis.db.pool import Connection
from chassis.db.statements import Statements
from chassis.events.record import Event, Record, readable
from chassis.events.retry import RetryPolicy

sql = Statements("chassis.events")

Handler = Callable[[Connection, Event], Awaitable[None]]


class Outcome(StrEnum):
    HANDLED = "handled"
    DUPLICATE = "duplicate"
    STALE = "stale"
    WAITING = "waiting"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Subscription:
    """What one consumer reads and does.

    `handlers` by message class; types without one only move the position. `ordered`: when tries run out the key is parked until
    somebody acts (ledger, payouts); otherwise the event goes to the dead letters and the key goes on. `from_any`: the first event
    seen of an aggregate need not be its first (for topics that do not keep everything). `final`: message classes that make all
    before them of their aggregate void: they wait for no turn, their handlers may be called twice, and what is kept of the
    aggregate is for their handlers to forget (`forget`).
    """

    consumer: str
    topics: Sequence[str]
    handlers: Mapping[type[Message], Handler]
    ordered: bool = True
    from_any: bool = False
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    final: frozenset[type[Message]] = frozenset()

    @property
    def final_types(self) -> list[str]:
        return [each.DESCRIPTOR.full_name for each in self.final]

    def has_turn(self, event: Event, last: int) -> bool:
        """Whether `event` comes next in its aggregate, whose `last` event was handled (0 before the first)."""
        return event.sequence <= last + 1 or (self.from_any and last == 0) or type(event.message) in self.final

    def handler(self, message: Message | None) -> Handler | None:
        return self.handlers.get(type(message)) if message is not None else None


async def keep(
    connection: Connection,
    consumer: str,
    record: Record,
    event: Event | None,
    *,
    state: str,
    error: str,
    attempts: int,
    pause_s: float,
) -> bool:
    """Stores a record that cannot be handled now; False when it is stored already."""
    envelope = event.envelope if event else None
    row = await connection.fetchrow(
        sql.keep_failed, consumer, record.topic, record.partition, record.offset, envelope.event_id if envelope else None,
        envelope.type if envelope else "", envelope.subject if envelope else readable(record.key)[:200],
        envelope.sequence if envelope else 0, record.headers_json(), record.value, state, error, attempts, pause_s,
    )  # fmt: skip
    return row is not None


async def forget(connection: Connection, keys: Sequence[str]) -> None:
    """Deletes the content of every kept event of aggregates that were erased, and what was said of it; their keys go on."""
    trail.touched(row["key"] for row in await connection.fetch(sql.forget_failed_of, keys))


async def lock_positions(connection: Connection, consumer: str, keys: Sequence[str]) -> dict[str, int]:
    """Last sequence handled by key (0 before the first), locked until the end of the transaction."""
    rows = await connection.fetch(sql.lock_positions, consumer, keys)
    if len(rows) < len(keys):
        await connection.execute(sql.open_positions, consumer, keys)
        rows = await connection.fetch(sql.lock_positions, consumer, keys)
    return {row["key"]: row["sequence"] for row in rows}


async def handle_batch(connection: Connection, subscription: Subscription, events: Sequence[Event]) -> list[Outcome]:
    """Handles events in the order given, inside the caller's transaction; the first failing handler's error passes through."""
    new = {
        row["event_id"] for row in await connection.fetch(sql.claim, subscription.consumer, [e.envelope.event_id for e in events])
    }
    positions = await lock_positions(connection, subscription.consumer, sorted({event.key for event in events}))
    moved: dict[str, int] = {}
    outcomes = []
    for event in events:
        if event.envelope.event_id not in new:
            outcomes.append(Outcome.DUPLICATE)
            continue
        new.discard(event.envelope.event_id)  # the same event twice in one batch
        outcome = await _handle(connection, subscription, event, positions)
        if outcome is Outcome.HANDLED:
            positions[event.key] = moved[event.key] = event.sequence
        outcomes.append(outcome)
    if moved:
        await connection.execute(sql.move_positions, subscription.consumer, list(moved), list(moved.values()))
    return outcomes


async def _handle(connection: Connection, subscription: Subscription, event: Event, positions: Mapping[str, int]) -> Outcome:
    last = positions.get(event.key, 0)
    if event.sequence <= last:
        return Outcome.STALE
    if not subscription.has_turn(event, last):
        await keep(
            connection,
            subscription.consumer,
            event.record,
            event,
            state="WAITING",
            error="Gap",
            attempts=0,
            pause_s=0,
        )
        return Outcome.WAITING
    if event.unreadable:
        raise event.unreadable
    await take_effect(connection, subscription, event)
    return Outcome.HANDLED


async def take_effect(connection: Connection, subscription: Subscription, event: Event) -> None:
    """Calls the handler of an event whose turn it is, if it has one."""
    if handler := subscription.handler(event.message):
        trace.enter(event.envelope.traceparent)
        trail.handling(event.key)
        await handler(connection, event)
