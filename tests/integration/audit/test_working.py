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
from chassis.events import inbox
from chassis.events.record import Event
from chassis.vault import Place, Subject, VaultSettings, open_vault
from integration.audit.trail import ACME, BYTE, Trail
from support import handling
from support.probe import things
from support.services import root_keys


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
    """It names what was seen and kept, then what was announced; it is of the organisation it was about, when that is one."""
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
        ("system:clock", "work/clock", "CHANGE", [keys[1], keys[0]], ids.raw(ACME), False, False),
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


async def test_whatever_a_handler_does_its_event_is_named(trail: Trail, app: Connection) -> None:
    """One entry for a batch, with the keys of all that were handled: not of a repeat, nor of one that waits. It is an
    organisation's when all of them are."""
    working, keys = Working(trail.database, digest), [things.new_key() for _ in range(5)]

    async def about_acme(connection: Connection, event: Event) -> None:
        await things.note(connection, event)
        if event.key != keys[0]:
            followed.kept(keys[4], State(ACME))

    subscription = things.subscription("topic", about_acme)

    async def come(*batch: tuple[str, int]) -> None:
        events = [handling.event("topic", things.Stepped(id=sequence), sequence, key) for key, sequence in batch]
        await working.run("things", lambda connection: inbox.handle_batch(connection, subscription, events))

    await come((keys[0], 1), (keys[1], 1), (keys[2], 2))
    await come((keys[1], 2), (keys[3], 1), (keys[3], 1))
    await come((keys[1], 1), (keys[2], 3))
    found = [(subjects, organisation) for _, _, _, subjects, organisation, *_ in await _entries(app)]
    assert found == [([keys[0], keys[1], keys[4]], None), ([keys[1], keys[3], keys[4]], ids.raw(ACME))]


async def test_whose_key_is_destroyed_is_named(trail: Trail, app: Connection) -> None:
    """By an erasure, and by a sweep of what a backup brought back; a sweep that finds nothing leaves nothing."""
    working, person = Working(trail.database, digest), ids.RandomIds().new("contractor")
    vault = await open_vault(VaultSettings(directory=root_keys(trail.key_file)), trail.database)
    subject = Subject("CONTRACTOR", ids.raw(person))
    await trail.database.run(lambda connection: vault.seal(connection, subject, Place("", "t", "c", "1"), b"x"))
    [key] = await app.fetch("SELECT * FROM data_key WHERE subject_id = $1", subject.id)
    await working.run("erasing", lambda connection: vault.destroy(connection, subject))
    await app.execute("INSERT INTO data_key SELECT ($1::data_key).*", key)
    for _ in range(2):
        await working.run("sweeping", vault.sweep)
    assert [each[0:4:3] for each in await _entries(app)] == [("system:erasing", [person]), ("system:sweeping", [person])]
