"""Whoever rules the database sets a chain back, so that the service's own sealer signs what was written anew: that shows."""

from __future__ import annotations

import json

import structlog
from chassis.audit.canonical import FIRST, root_of
from chassis.audit.sealing import chain
from chassis.db.pool import Connection
from chassis.ids import raw
from integration.audit.test_tampering import ROW, rebuild
from integration.audit.trail import ACME, BYTE, Trail, entry
from kamai_client.audit.findings import Kind, Verdict


async def set_back(intruder: Connection) -> None:
    """Entry 27 is edited, the end hashed anew, and the root over it forgotten."""
    await intruder.execute("UPDATE audit_entry SET actor = 'somebody else' WHERE id = 27")
    await rebuild(intruder, 21)
    row = await intruder.fetchrow("SELECT * FROM audit_root WHERE number = 2")
    await intruder.execute("DELETE FROM audit_root WHERE number = 3")
    await intruder.execute(
        "UPDATE audit_chain SET root_number = 2, root_sequence = 20, root_digest = $1, root_at = NULL",
        root_of("probe", row).digest(),
    )


def numbers(trail: Trail) -> list[int]:
    return [json.loads(line)["number"] for line in trail.roots_file.read_text().splitlines()]


async def test_the_last_root(trail: Trail, intruder: Connection) -> None:
    """The sealer numbers on from the file and says so: both roots of the end are held against the chain."""
    await trail.written_and_sealed(30)
    await set_back(intruder)
    with structlog.testing.capture_logs() as lines:
        await trail.seal()
    assert [(line["log_level"], line["organisation_id"], line["reason"]) for line in lines] == [
        ("error", ACME, "root 3 in the file, root 2 in the database")
    ]
    assert "is behind the file" in lines[0]["event"]
    assert numbers(trail) == [1, 2, 3, 4]
    report = await trail.verified()
    assert (report.verdict, report.findings[0].kind, report.findings[0].until) == (Verdict.BROKEN, Kind.REWRITTEN, 30)


async def test_the_whole_chain(trail: Trail, intruder: Connection) -> None:
    """Every root is signed again, and none under the number of another."""
    await trail.written_and_sealed(30)
    await intruder.execute("UPDATE audit_entry SET actor = 'somebody else' WHERE id = 5")
    seals, _ = chain(await intruder.fetch(ROW), {raw(ACME): (0, FIRST)})
    await intruder.execute("DELETE FROM audit_seal; DELETE FROM audit_root")
    await intruder.executemany("INSERT INTO audit_seal VALUES ($1, $2, $3, $4)", seals)
    await intruder.execute("UPDATE audit_chain SET root_number = 0, root_sequence = 0, root_digest = $1", FIRST)
    for end in (10, 20, 30):
        await intruder.execute("UPDATE audit_chain SET sequence = $1, hash = $2, root_at = NULL", end, seals[end - 1][3])
        await trail.seal()
    assert numbers(trail) == [1, 2, 3, 4, 5, 6]
    first = (await trail.verified()).findings[0]
    assert (first.kind, first.sequence, first.until) == (Kind.REWRITTEN, 1, 10)


async def test_without_the_file(trail: Trail, intruder: Connection) -> None:
    """A sealer that does not see the file signs a number again: two roots of it convict, in one file or in two places."""
    await trail.written_and_sealed(30)
    before = trail.roots_file.read_text()
    await set_back(intruder)
    trail.roots_file.unlink()
    await trail.seal()
    again = trail.roots_file.read_text()
    for content in (before + again, before):
        trail.roots_file.write_text(content)
        findings = (await trail.verified()).findings
        assert [each.kind for each in findings] == [Kind.REWRITTEN, Kind.SIGNED_TWICE]
        assert "two roots of number 3 were signed, of entry 30" in findings[1].sentence
        assert findings[1].organisation_id == ACME


async def test_a_repeat(trail: Trail) -> None:
    """The same root twice, in one file or in two, is fine."""
    await trail.write(*(entry(number, tenant) for number in range(1, 6) for tenant in (ACME, BYTE)))
    await trail.seal()
    trail.roots_file.write_text(2 * trail.roots_file.read_text())
    report = await trail.verified()
    assert (report.verdict, report.roots) == (Verdict.WHOLE, 2)


async def test_a_database_that_disagrees(trail: Trail, intruder: Connection) -> None:
    """The file is believed, and it is said once for each tenant and start."""
    await trail.written_and_sealed(20)
    await intruder.execute("UPDATE audit_chain SET root_digest = sha256('x')")
    sealer = trail.sealer()
    with structlog.testing.capture_logs() as lines:
        for number in (21, 22):
            await trail.write(entry(number))
            trail.clock.at = trail.clock.at.replace(hour=number)
            await sealer.run()
            await intruder.execute("UPDATE audit_chain SET root_digest = sha256('x')")
    assert [line["event"] for line in lines] == ["the database disagrees with the file of audit roots"]
    assert not (await trail.verified()).findings
