"""The file of roots: what it lacks is written, whatever became of the database or of the file; nothing is in it twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from chassis.audit import filing
from chassis.audit.roots_file import RootsFileUnusable
from chassis.db.pool import Connection
from integration.audit.test_sealing import dies
from integration.audit.trail import ACME, BYTE, Trail, entry
from kamai_client.audit.findings import Kind

HEAD = "sequence = $1, hash = $2, root_number = $3, root_sequence = $4, root_digest = $5, root_at = $6"


def filed(trail: Trail) -> list[tuple[str, int]]:
    lines = [json.loads(line) for line in trail.roots_file.read_text().splitlines()]
    return [(line["organisation_id"], line["number"]) for line in lines]


async def restored(trail: Trail, intruder: Connection) -> None:
    """50 entries and five roots, and the database as it was after 30 of them."""
    await trail.written_and_sealed(30)
    head = await intruder.fetchrow("SELECT sequence, hash, root_number, root_sequence, root_digest, root_at FROM audit_chain")
    cursor = await intruder.fetchrow("SELECT xid::text, id FROM audit_cursor")
    assert head is not None
    assert cursor is not None
    for first in (31, 41):
        await trail.write(*(entry(number) for number in range(first, first + 10)))
        await trail.seal()
    for table, column in (("audit_entry", "id"), ("audit_seal", "sequence"), ("audit_root", "sequence")):
        await intruder.execute(f"DELETE FROM {table} WHERE {column} > 30")
    await intruder.execute("ALTER TABLE audit_root ALTER place RESTART WITH 4; ALTER TABLE audit_entry ALTER id RESTART WITH 31")
    await intruder.execute(f"UPDATE audit_chain SET {HEAD}", *head)
    await intruder.execute("UPDATE audit_cursor SET xid = $1::text::xid8, id = $2", *cursor)


async def test_after_a_restore(trail: Trail, intruder: Connection) -> None:
    """New roots are filed under new numbers, the sealer says that the database is behind, and what was lost shows."""
    await restored(trail, intruder)
    before = trail.roots_file.read_text()
    with structlog.testing.capture_logs() as lines:
        for first in (131, 141):
            await trail.write(*(entry(number) for number in range(first, first + 10)))
            await trail.seal()
    assert [line["reason"] for line in lines] == ["root 5 in the file, root 3 in the database"]  # the first start alone
    assert trail.roots_file.read_text().startswith(before)
    assert filed(trail) == [(ACME, number) for number in range(1, 8)]
    kinds = {finding.kind for finding in (await trail.verified()).findings}
    assert Kind.REWRITTEN in kinds
    assert Kind.SIGNED_TWICE not in kinds


async def test_a_restored_database_at_rest(trail: Trail, intruder: Connection) -> None:
    """It is told at the start, though nothing is to be signed."""
    await restored(trail, intruder)
    with structlog.testing.capture_logs() as lines:
        await trail.seal()
    assert [line["reason"] for line in lines] == ["root 5 in the file, root 3 in the database"]


def _cut(file: Path) -> None:
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:-3]))


def _replace(file: Path) -> None:
    lines = file.read_text().splitlines(keepends=True)
    file.unlink()
    file.write_text("".join(lines[:2]))


@pytest.mark.parametrize("damage", [Path.unlink, _cut, _replace])
async def test_a_file_that_loses_lines(trail: Trail, damage: Callable[[Path], None]) -> None:
    """A sealer at work notices, says so, and writes again what the database has."""
    sealer = trail.sealer()
    for number in range(1, 4):
        await trail.write(entry(number, ACME), entry(number, BYTE))
        trail.clock.at += timedelta(minutes=1)
        await sealer.run()
    whole = filed(trail)
    damage(trail.roots_file)
    with structlog.testing.capture_logs() as lines:
        await sealer.run()
    assert [line["event"] for line in lines] == ["the file of audit roots was replaced or cut off"]
    assert (sorted(filed(trail)), len(whole)) == (sorted(whole), 6)
    assert not (await trail.verified()).findings


async def test_another_replica_ended_before_filing(trail: Trail, tmp_path: Path) -> None:
    """Its roots are filed by a sealer that was there all along, within a minute."""
    sealer = trail.sealer()
    await trail.write(entry(1))
    await sealer.run()
    await trail.write(entry(2, ACME), entry(3, BYTE))
    trail.clock.at += timedelta(minutes=1)
    await dies(trail, "rooted", tmp_path / "log")
    assert filed(trail) == [(ACME, 1)]
    await sealer.run()
    assert sorted(filed(trail)) == [(ACME, 1), (ACME, 2), (BYTE, 1)]


async def test_in_turns(trail: Trail) -> None:
    """Two sealers that take turns file every root once."""
    sealers = [trail.sealer() for _ in range(2)]
    for number in range(1, 9):
        await trail.write(entry(number, ACME), entry(number, BYTE if number % 3 else ""))
        trail.clock.at += timedelta(minutes=1)
        await sealers[number % 2].run()
    found = filed(trail)
    assert (len(found), len(set(found))) == (16, 16)
    assert not (await trail.verified()).findings


async def test_filed_by_another_meanwhile(trail: Trail) -> None:
    """A root that another sealer filed between signing and filing is not filed again."""

    async def meanwhile(step: str) -> None:
        if step == "rooted":
            await trail.sealer().run()

    await trail.write(entry(1))
    sealer = trail.sealer(failpoint=meanwhile)
    with pytest.raises(RootsFileUnusable, match="written by another process"):
        await sealer.run()
    await sealer.run()
    assert filed(trail) == [(ACME, 1)]


async def test_more_than_fit_in_one_go(trail: Trail, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is begun late gets all roots, each tenant's in their order."""
    for number in range(1, 4):
        await trail.write(entry(number, ACME), entry(number, BYTE))
        await trail.seal()
    trail.roots_file.unlink()
    monkeypatch.setattr(filing, "_AT_ONCE", 4)
    await trail.seal()
    found = filed(trail)
    assert [number for tenant, number in found if tenant == ACME] == [number for tenant, number in found if tenant == BYTE]
    assert len(found) == 6


@pytest.mark.parametrize("line", ["{}", "no line", "another service", "another number"])
async def test_a_line_that_is_no_root(trail: Trail, line: str) -> None:
    """It is named, and nothing is signed: the number that comes next is not known."""
    await trail.written_and_sealed(10)
    (good,) = trail.roots_file.read_text().splitlines()
    line = {
        "another service": good.replace('"probe"', '"other"'), "another number": good.replace('"number": 1', '"number": "1"'),
    }.get(line, line)  # fmt: skip
    trail.roots_file.write_text(f"{good}\n{line}\n{good}\n")
    await trail.write(entry(11))
    with pytest.raises(RootsFileUnusable, match="line 2"):
        await trail.seal()
    assert len((await trail.listed()).roots) == 1
