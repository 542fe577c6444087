"""Who may write, read and change entries; how they are written."""

from __future__ import annotations

import asyncpg
import pytest
from chassis.audit import entries
from chassis.db.database import PLATFORM, Database
from chassis.db.pool import Connection, connect
from chassis.errors import NotFound
from chassis.rpc.call import Caller
from integration.audit.trail import ACME, BYTE, Trail, entry, put
from kamai.ops.v1 import audit_pb2 as pb


async def _count(database: Database, tenant: str) -> int:
    return int(await database.run(lambda c: c.fetchval("SELECT count(*) FROM audit_entry"), tenant=tenant))


async def _write(trail: Trail, tenant: str, organisation_id: str) -> None:
    await trail.database.run(lambda connection: put(connection, [entry(1, organisation_id)]), tenant=tenant)


async def test_as_part_of_a_larger_statement(trail: Trail, app: Connection) -> None:
    """One entry and several read back as they were given, in their order, from a CTE whose arguments begin anywhere."""
    for written in ([entry(1)], [entry(2), entry(3, "", roles=(), subjects=("a,b", '"c"'), request_id=None, after_digest=None)]):
        statement, arguments = entries.insert(written, first_argument=2)

        async def work(connection: Connection, statement: str = statement, arguments: object = arguments) -> None:
            given: tuple[object, ...] = tuple(arguments)  # type: ignore[arg-type]
            assert await connection.fetchval(f"WITH audit AS ({statement}) SELECT $1::int", 7, *given) == 7

        await trail.database.run(work, tenant=PLATFORM)
    await app.execute("SELECT set_config('kamai.tenant', 'platform', false)")
    rows = await app.fetch("SELECT * FROM audit_entry ORDER BY id")
    names = (
        "organisation_id occurred_at actor roles method peer request_id kind subjects request_digest before_digest after_digest"
    )
    wanted = [entry(1), entry(2), entry(3, "", roles=(), subjects=("a,b", '"c"'), request_id=None, after_digest=None)]
    assert [tuple(row[name] for name in names.split()) for row in rows] == [each.columns() for each in wanted]


async def test_tenants(trail: Trail) -> None:
    """An organisation writes and reads its own; contractors and banks write rows of the platform and read none."""
    acme, byte = Caller("a", organisation_id=ACME).tenant, Caller("b", organisation_id=BYTE).tenant
    bank = Caller("c", bank="meezan").tenant
    for tenant, own, others in ((acme, ACME, (BYTE, "")), (byte, BYTE, (ACME, "")), (bank, "", (ACME,))):
        await _write(trail, tenant, own)
        for other in others:
            with pytest.raises(NotFound):
                await _write(trail, tenant, other)
    assert [await _count(trail.database, who) for who in (PLATFORM, acme, byte, bank, "")] == [3, 1, 1, 0, 0]


@pytest.mark.parametrize("table", ["audit_entry", "audit_seal", "audit_root"])
async def test_nothing_is_changed(trail: Trail, table: str) -> None:
    """The application has no right to change or remove, and the owner meets a trigger."""
    await trail.write(entry(1))
    await trail.seal()
    for url in (trail.where.app_url, trail.where.owner_url):
        connection = await connect(url, "test")
        await connection.execute("SELECT set_config('kamai.tenant', 'platform', false)")
        for statement in (f"UPDATE {table} SET hash = ''", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement.replace("hash = ''", "actor = ''") if "entry" in table else statement)
        await connection.close()


async def test_what_an_organisation_streams(trail: Trail) -> None:
    """A caller of an organisation gets its own chain and roots, and nothing of the others."""
    await trail.write(*(entry(number, tenant) for number in range(1, 4) for tenant in (ACME, BYTE, "")))
    await trail.seal()
    await trail.write(entry(9, ACME), entry(9, BYTE))
    caller = Caller("auditor", organisation_id=ACME)
    batches = [batch async for batch in trail.batches(caller)]
    assert [(batch.organisation_id, [each.sequence for each in batch.entries]) for batch in batches] == [
        (ACME, [1, 2, 3]),
        ("", [0]),
    ]
    roots = (await trail.audit(caller).ListAuditRoots(pb.ListAuditRootsRequest(), None)).roots
    assert [root.organisation_id for root in roots] == [ACME]


async def test_lists(trail: Trail) -> None:
    """Every filter holds, and pages go through all of it, newest first."""
    await trail.write(*(entry(number, tenant) for number in range(1, 10) for tenant in (ACME, "")))
    audit = trail.audit()

    async def listed(**asked: object) -> list[str]:
        found, token = [], ""
        while True:
            request = pb.ListAuditEntriesRequest(page_size=4, page_token=token, **asked)  # type: ignore[arg-type]
            reply = await audit.ListAuditEntries(request, None)
            found += [each.subjects[0] for each in reply.entries]
            token = reply.next_page_token
            if not token:
                return found

    newest_first = [f"thing_{number}" for number in range(9, 0, -1)]
    assert await listed() == [each for each in newest_first for _ in range(2)]
    assert await listed(organisation_id=ACME) == newest_first
    assert await listed(organisation_id=ACME, actor="person-1") == ["thing_7", "thing_4", "thing_1"]
    assert await listed(subject_id="thing_3") == ["thing_3", "thing_3"]
    assert await listed(method="/kamai.probe.v1.ProbeService/Other") == []
    times = {"occurred_from": entry(4).occurred_at, "occurred_until": entry(6).occurred_at}
    assert await listed(organisation_id=ACME, **times) == ["thing_5", "thing_4"]
