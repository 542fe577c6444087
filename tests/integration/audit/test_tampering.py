"""Whoever rules the database changes the trail: the client finds it and names the first entry concerned."""

from __future__ import annotations

from pathlib import Path

import pytest
from chassis.audit import canonical as ours
from chassis.audit.sealing import chain
from chassis.db.pool import Connection
from integration.audit.trail import ACME, BYTE, Trail, entry
from kamai_client.audit import canonical as theirs
from kamai_client.audit.findings import Finding, Kind

ROW = """
SELECT id, xid::text::bigint AS xid, entry_id, organisation_id, occurred_at, actor, roles, method, peer, request_id, kind,
       subjects, request_digest, before_digest, after_digest
FROM audit_entry ORDER BY id
"""
EDITS = {
    "id": "id = 1000",
    "xid": "xid = '3'",
    "entry_id": "entry_id = gen_random_uuid()",
    "organisation_id": "organisation_id = NULL",
    "occurred_at": "occurred_at = occurred_at + interval '1 microsecond'",
    "actor": "actor = 'somebody else'",
    "roles": "roles = '{operator}'",
    "method": "method = '/kamai.probe.v1.ProbeService/Other'",
    "peer": "peer = 'ipv4:192.0.2.1:1'",
    "request_id": "request_id = NULL",
    "kind": "kind = 'READ'",
    "subjects": "subjects = '{}'",
    "request_digest": "request_digest = sha256('x')",
    "before_digest": "before_digest = NULL",
    "after_digest": "after_digest = sha256('x')",
}


async def found(trail: Trail) -> Finding:
    """The one thing that is wrong."""
    (finding,) = (await trail.verified()).findings
    assert str(finding.sequence or finding.entry) in finding.sentence
    return finding


async def test_whole(trail: Trail) -> None:
    """An untouched trail of several tenants verifies, to its last entry under a signed root, and tells what is not chained."""
    await trail.write(*(entry(n, tenant) for n in range(1, 40) for tenant in (ACME, BYTE, "")))
    await trail.seal()
    await trail.write(entry(100))
    report = await trail.verified()
    assert not report.findings
    assert (report.chains, report.entries, report.covered, report.unchained) == (3, 117, 117, 1)
    assert report.roots == report.outside == 3


async def test_both_sides_hash_the_same(trail: Trail, intruder: Connection) -> None:
    """Services and client share no code, but hash the same bytes, whatever is set."""
    odd = entry(
        2, "", roles=(), subjects=(), request_id=None, before_digest=None, after_digest=None, actor="žofie ☂", kind="READ"
    )
    await trail.write(entry(1), odd)
    await trail.seal()
    sent = [each.entry async for batch in trail.batches() for each in batch.entries]
    rows = await intruder.fetch(ROW)
    assert [theirs.entry(each) for each in sorted(sent, key=lambda e: e.id)] == [ours.entry(row) for row in rows]


@pytest.mark.parametrize("column", EDITS)
async def test_edited(trail: Trail, intruder: Connection, column: str) -> None:
    """One column of one entry is changed."""
    await trail.written_and_sealed(30)
    before = await intruder.fetchval("SELECT count(*) FROM information_schema.columns WHERE table_name = 'audit_entry'")
    assert before == len(EDITS)
    await intruder.execute("ALTER TABLE audit_entry ALTER id DROP IDENTITY")
    await intruder.execute(f"UPDATE audit_entry SET {EDITS[column]} WHERE id = 17")
    report = await trail.verified()
    first = report.findings[0]
    assert (first.organisation_id, first.sequence) == (ACME, 17)
    assert first.kind == (Kind.DELETED if column == "id" else Kind.EDITED)


async def test_deleted(trail: Trail, intruder: Connection) -> None:
    """An entry goes and its place in the chain stays."""
    await trail.written_and_sealed(30)
    await intruder.execute("DELETE FROM audit_entry WHERE id = 17")
    finding = await found(trail)
    assert (finding.kind, finding.sequence) == (Kind.DELETED, 17)


async def test_deleted_with_its_place(trail: Trail, intruder: Connection) -> None:
    """Two entries go with their places."""
    await trail.written_and_sealed(30)
    await intruder.execute("DELETE FROM audit_entry WHERE id IN (17, 18)")
    await intruder.execute("DELETE FROM audit_seal WHERE entry_id IN (17, 18)")
    finding = await found(trail)
    assert (finding.kind, finding.sequence, finding.until) == (Kind.DELETED, 17, 18)


async def _move(intruder: Connection, first: int, by: int) -> None:
    """Numbers the places from `first` on anew."""
    await intruder.execute("UPDATE audit_seal SET sequence = -sequence WHERE sequence >= $1", first)
    await intruder.execute("UPDATE audit_seal SET sequence = -sequence + $1 WHERE sequence < 0", by)


async def test_deleted_and_numbered_anew(trail: Trail, intruder: Connection) -> None:
    """The others close the gap; the signed roots stand at other places now."""
    await trail.written_and_sealed(30)
    await intruder.execute("ALTER TABLE audit_seal DROP CONSTRAINT audit_seal_sequence_check")
    await intruder.execute("DELETE FROM audit_entry WHERE id = 17")
    await intruder.execute("DELETE FROM audit_seal WHERE entry_id = 17")
    await _move(intruder, 18, -1)
    finding = await found(trail)
    assert (finding.kind, finding.sequence, finding.until) == (Kind.DELETED, 17, 17)


_FAKE = """
INSERT INTO audit_entry (id, xid, organisation_id, occurred_at, actor, roles, method, peer, kind, subjects, request_digest)
OVERRIDING SYSTEM VALUE
SELECT 5000, xid, organisation_id, occurred_at, 'nobody', roles, method, peer, kind, subjects, request_digest
FROM audit_entry WHERE id = 17
"""


async def test_inserted_without_a_seal(trail: Trail, intruder: Connection) -> None:
    """A row is put between old ones. The sealer does not take it into the chain afterwards, and it is found."""
    await trail.written_and_sealed(30)
    await intruder.execute(_FAKE)
    await trail.seal()
    finding = await found(trail)
    assert (finding.kind, finding.entry) == (Kind.INSERTED, 5000)


@pytest.mark.parametrize("well_hashed", [False, True])
async def test_inserted_with_a_seal(trail: Trail, intruder: Connection, well_hashed: bool) -> None:
    """A row is put in behind entry 17 with a place of its own, with any hash or with the right one."""
    await trail.written_and_sealed(30)
    await intruder.execute("ALTER TABLE audit_seal DROP CONSTRAINT audit_seal_sequence_check")
    await intruder.execute(_FAKE)
    before = await intruder.fetchval("SELECT hash FROM audit_seal WHERE sequence = 17")
    fake = next(row for row in await intruder.fetch(ROW) if row["id"] == 5000)
    hashed = ours.link(before, ours.entry(fake)) if well_hashed else bytes(32)
    await _move(intruder, 18, 1)
    await intruder.execute(
        "INSERT INTO audit_seal SELECT 5000, organisation_id, 18, $1 FROM audit_seal WHERE sequence = 17", hashed
    )
    finding = await found(trail)
    assert (finding.kind, finding.sequence, finding.entry) == (Kind.INSERTED, 18, 5000)


@pytest.mark.parametrize("what", ["entry_id", "sequence"])
async def test_swapped(trail: Trail, intruder: Connection, what: str) -> None:
    """Two entries change places, without or with their hashes."""
    await trail.written_and_sealed(30)
    await intruder.execute("ALTER TABLE audit_seal DROP CONSTRAINT audit_seal_sequence_check")
    for there, here in ((-1, 17), (17, 22), (22, -1)):
        await intruder.execute(f"UPDATE audit_seal SET {what} = $1 WHERE {what} = $2", there, here)
    finding = await found(trail)
    assert (finding.kind, finding.sequence, finding.until) == (Kind.REORDERED, 17, 22)


async def test_swapped_contents(trail: Trail, intruder: Connection) -> None:
    """Two rows change everything but their numbers: the first of them is an edited one."""
    await trail.written_and_sealed(30)
    await intruder.execute(
        "UPDATE audit_entry e SET actor = o.actor, subjects = o.subjects, request_digest = o.request_digest "
        "FROM audit_entry o WHERE (e.id, o.id) IN ((17, 22), (22, 17))"
    )
    finding = await found(trail)
    assert (finding.kind, finding.sequence) == (Kind.EDITED, 17)


async def test_an_edited_hash(trail: Trail, intruder: Connection) -> None:
    """The chain itself is changed, the entry is not."""
    await trail.written_and_sealed(30)
    await intruder.execute("UPDATE audit_seal SET hash = sha256('x') WHERE sequence = 17")
    finding = await found(trail)
    assert (finding.kind, finding.sequence) == (Kind.EDITED, 17)
    assert "the entry itself holds" in finding.sentence


@pytest.mark.parametrize("with_roots", [False, True])
async def test_cut_off(trail: Trail, intruder: Connection, with_roots: bool) -> None:
    """The end goes: the root in the file knows more than there is, whatever became of the roots in the database."""
    await trail.written_and_sealed(30)
    for table, column in (("audit_entry", "id"), ("audit_seal", "sequence")):
        await intruder.execute(f"DELETE FROM {table} WHERE {column} > 24")
    if with_roots:
        await intruder.execute("DELETE FROM audit_root WHERE sequence > 24")
    first = (await trail.verified()).findings[0]
    assert (first.kind, first.sequence, first.until) == (Kind.TRUNCATED, 25, 30)


async def test_a_whole_chain_gone(trail: Trail, intruder: Connection) -> None:
    """Nothing of a tenant is left, but its root is."""
    await trail.written_and_sealed(5)
    for table in ("audit_entry", "audit_seal", "audit_root", "audit_chain"):
        await intruder.execute(f"DELETE FROM {table}")
    first = (await trail.verified()).findings[0]
    assert (first.kind, first.organisation_id, first.sequence, first.until) == (Kind.TRUNCATED, ACME, 1, 5)


async def rebuild(intruder: Connection, first: int) -> None:
    """Hashes anew from `first` on, as somebody without the signing key can."""
    head = await intruder.fetchrow("SELECT organisation_id, sequence, hash FROM audit_seal WHERE sequence = $1", first - 1)
    rows = [row for row in await intruder.fetch(ROW) if row["id"] >= first]
    assert head is not None
    seals, heads = chain(rows, {head["organisation_id"]: (head["sequence"], head["hash"])})
    await intruder.execute("DELETE FROM audit_seal WHERE sequence >= $1", first)
    await intruder.executemany("INSERT INTO audit_seal VALUES ($1, $2, $3, $4)", seals)
    ((sequence, hashed),) = heads.values()
    await intruder.execute("UPDATE audit_chain SET sequence = $1, hash = $2", sequence, hashed)


async def test_edited_and_rebuilt(trail: Trail, intruder: Connection) -> None:
    """Everything behind an edited entry is hashed anew: the next signed root has another hash, the one before it agrees."""
    await trail.written_and_sealed(30)
    await intruder.execute("UPDATE audit_entry SET actor = 'somebody else' WHERE id = 17")
    await rebuild(intruder, 17)
    finding = await found(trail)
    assert (finding.kind, finding.sequence, finding.until) == (Kind.REWRITTEN, 11, 20)


async def test_cut_off_and_grown_again(trail: Trail, intruder: Connection) -> None:
    """The end is replaced by other entries, hashed well and sealed on by the real sealer."""
    await trail.written_and_sealed(30)
    await intruder.execute("DELETE FROM audit_entry WHERE id = 30")
    await intruder.execute(
        "DELETE FROM audit_root WHERE sequence > 20; UPDATE audit_chain SET root_number = 2, root_sequence = 20"
    )
    await trail.write(entry(300))
    await intruder.execute("UPDATE audit_cursor SET id = 31, xid = (SELECT max(xid) FROM audit_entry)")
    await rebuild(intruder, 21)
    first = (await trail.verified()).findings[0]
    assert (first.kind, first.sequence, first.until) == (Kind.REWRITTEN, 21, 30)


async def test_only_the_broken_chain_is_named(trail: Trail, intruder: Connection) -> None:
    """Each broken chain has its own finding, whole ones have none."""
    await trail.write(*(entry(n, tenant) for n in range(1, 11) for tenant in (ACME, BYTE, "")))
    await trail.seal()
    await intruder.execute("UPDATE audit_entry SET peer = '' WHERE id IN (7, 9)")
    findings = (await trail.verified()).findings
    assert [(f.organisation_id, f.sequence) for f in findings] == [("", 3), (ACME, 3)]


async def test_forged_and_missing_roots(trail: Trail, tmp_path: Path) -> None:
    """A root with another key's signature, and a line taken out of the file, are told."""
    await trail.written_and_sealed(30)
    lines = trail.roots_file.read_text().splitlines(keepends=True)
    trail.roots_file.write_text(lines[0] + lines[2].replace('"sequence": 30', '"sequence": 29'))
    assert [f.kind for f in (await trail.verified()).findings] == [Kind.ROOT_INVALID]
    trail.roots_file.write_text(lines[0] + lines[2])
    (finding,) = (await trail.verified()).findings
    assert (finding.kind, "root 2 is missing" in finding.sentence) == (Kind.ROOT_MISSING, True)
