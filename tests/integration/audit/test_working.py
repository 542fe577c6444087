"""What the service does of its own accord is in the trail."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from uuid import UUID

import pytest
from chassis import ids
from chassis.audit import trail as followed
from chassis.audit.working import Working
from chassis.db.pool import Connection
from integration.audit.trail import ACME, BYTE, Trail
from support.probe import things


@dataclass(frozen=True)
class State:
    organisation_id: str | UUID
    number: int = 1


def digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


async def _entries(app: Connection) -> list[tuple[object, ...]]:
    await app.execute("SELECT set_config('kamai.tenant', 'platform', false)")
    rows = await app.fetch("SELECT * FROM audit_entry ORDER BY id")
    names = ("actor", "method", "kind", "subjects", "organisation_id")
    return [(*(row[name] for name in names), row["before_digest"] is None, row["after_digest"] is None) for row in rows]


async def test_one_entry_for_a_transaction(trail: Trail, app: Connection) -> None:
    """It names what was announced, seen and kept; it is of the organisation it was about, when that is one."""
    working, keys = Working(trail.database, digest), [things.new_key() for _ in range(3)]

    async def about_one(connection: Connection) -> str:
        await things.step(connection, "t", keys[0])
        followed.seen(keys[1], State(ACME))
        followed.kept(keys[1], State(ids.raw(ACME), 2))
        return "done"

    async def about_two(_connection: Connection) -> None:
        followed.kept(keys[1], State(ACME))
        followed.kept(keys[2], State(BYTE))

    assert await working.run("clock", about_one) == "done"
    await working.run("bank", about_two)
    assert await _entries(app) == [
        ("system:clock", "work/clock", "CHANGE", [keys[0], keys[1]], ids.raw(ACME), False, False),
        ("system:bank", "work/bank", "CHANGE", [keys[1], keys[2]], None, True, False),
    ]


async def test_no_entry_without_a_change(trail: Trail, app: Connection) -> None:
    """Work that only looked, and work that failed, leave none."""
    working = Working(trail.database, digest)

    async def look(connection: Connection) -> int:
        return int(await connection.fetchval("SELECT count(*) FROM thing"))

    async def fail(connection: Connection) -> None:
        await things.step(connection, "t", things.new_key())
        raise RuntimeError

    assert await working.run("clock", look) == 0
    with pytest.raises(RuntimeError):
        await working.run("clock", fail)
    assert await _entries(app) == []
