"""Events of a mutating call wait for its last statement: only those of its own transaction, and never many."""

from __future__ import annotations

from chassis.db.database import Database
from chassis.db.pool import Connection
from chassis.events import outbox
from support.probe import things
from support.probe.station import Station

_ROWS = "SELECT aggregate_version AS sequence FROM outbox ORDER BY id"


async def test_only_events_of_the_call_are_held(station: Station, connection: Connection, transactions: Database) -> None:
    """Work on another connection inside a call, as a task of its own would do, writes its events itself."""
    key = things.new_key()
    with outbox.held(connection) as waiting:
        await outbox.append(connection, [things.stepped(station.topic, key, 1)])
        await transactions.run(lambda other: things.step(other, station.topic, things.new_key()))
        assert [event.key for event in waiting] == [key]
    assert await connection.fetchval("SELECT count(*) FROM outbox") == 1


async def test_many_events_are_written_on_the_way(station: Station, connection: Connection) -> None:
    """A call of 2,500 events keeps at most 1,000 in memory; together with the last ones they are in the order of their making."""
    key, most = things.new_key(), 0
    with outbox.held(connection) as waiting:
        for first in range(1, 2501, 100):
            await outbox.append(connection, [things.stepped(station.topic, key, n) for n in range(first, first + 100)])
            most = max(most, len(waiting))
    await outbox.append(connection, waiting)
    assert most <= 1000
    assert [row["sequence"] for row in await connection.fetch(_ROWS)] == list(range(1, 2501))
