"""The sealer: whatever ends it, however many there are, however late a transaction ends, every entry is chained once, in order;
and no business transaction waits for it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from chassis.audit.sealing import CountsFromBelow
from chassis.db.database import PLATFORM
from chassis.db.pool import Connection, connect
from chassis.schedules import Schedule, ScheduleRunner
from devstack.process import Command, Process
from integration.audit.trail import ACME, BYTE, Trail, entry, put
from integration.audit.worker import EXIT
from support.running import running
from support.wait import ended, until

TESTS = Path(__file__).parents[2]


async def dies(trail: Trail, step: str, log: Path) -> None:
    """A sealer begins and ends at `step`."""
    settings = {"url": trail.where.app_url, "folder": str(trail.folder), "now": trail.clock.at.isoformat(), "exit_at": step}
    argv = [sys.executable, "-m", "integration.audit.worker", json.dumps(settings)]
    process = Process(Command(argv, env={**os.environ, "PYTHONPATH": str(TESTS)}), log)

    try:
        assert await ended(process) == EXIT, process.tail()
    finally:
        process.kill()


STEPS = ["locked", "hashed", "inserted", "moved", "chained", "signed", "kept", "published", "rooted", "filed"]


@pytest.mark.parametrize("step", STEPS)
async def test_killed(trail: Trail, app: Connection, tmp_path: Path, step: str) -> None:
    """Wherever a sealer ends, the next one goes on: no gap, nothing twice, every root in the file and the outbox once."""
    await trail.write(*(entry(n, tenant) for n in range(1, 11) for tenant in (ACME, BYTE)))
    await dies(trail, step, tmp_path / "log")
    await trail.seal(batch=7)
    await trail.seal(batch=7)
    report = await trail.verified()
    assert not report.findings
    assert (report.entries, report.covered, report.unchained) == (20, 20, 0)
    chains = await trail.chains()
    assert chains == {ACME: [(n, 2 * n - 1) for n in range(1, 11)], BYTE: [(n, 2 * n) for n in range(1, 11)]}
    lines = [json.loads(line) for line in trail.roots_file.read_text().splitlines()]
    assert len({(line["organisation_id"], line["number"]) for line in lines}) == len(lines) == report.roots
    sent = await app.fetch("SELECT aggregate_id, aggregate_version FROM outbox ORDER BY id")
    assert len(set(sent)) == len(sent) == report.roots


async def test_two_at_once(trail: Trail) -> None:
    """Sealers that do not know of each other chain every entry once."""
    for first in range(1, 200, 20):
        await trail.write(*(entry(number) for number in range(first, first + 20)))
    sealers = [trail.sealer(batch=9) for _ in range(3)]

    async def work(turn: int) -> None:
        while await sealers[turn].seal():
            pass

    await asyncio.gather(*(work(turn) for turn in range(3)))
    await trail.seal(batch=9)
    assert (await trail.chains())[ACME] == [(number, number) for number in range(1, 201)]
    assert not (await trail.verified()).findings


async def test_by_its_schedule(trail: Trail) -> None:
    """Two replicas with the sealer as a schedule: one of them works, and the entries are chained and signed."""
    runners = [ScheduleRunner(trail.where.app_url, "probe", Schedule("audit", 0.02, trail.sealer(batch=5).run)) for _ in range(2)]
    async with running(*runners):
        for number in range(1, 31):
            await trail.write(entry(number))

        async def all_chained() -> bool:
            return len((await trail.chains()).get(ACME, ())) == 30

        await until(all_chained)
    await trail.seal()
    assert (await trail.verified()).covered == 30


async def test_late_commits(trail: Trail) -> None:
    """What a slow transaction wrote early is not passed over: the sealer stops before it, and goes on when it is over."""
    slow = await connect(trail.where.app_url, "slow")
    begun = slow.transaction()
    await begun.start()
    await slow.execute("SELECT set_config('kamai.tenant', 'platform', true)")
    await put(slow, [entry(1)])
    await trail.write(entry(2), entry(3))
    await trail.seal()
    assert await trail.chains() == {}
    assert (await trail.verified()).unchained == 2
    await begun.commit()
    await slow.close()
    await trail.seal()
    assert await trail.chains() == {ACME: [(1, 1), (2, 2), (3, 3)]}
    assert not (await trail.verified()).findings


async def test_rolled_back(trail: Trail) -> None:
    """Numbers of transactions that were rolled back leave no gap in the chain."""
    await trail.write(entry(1))
    with pytest.raises(ZeroDivisionError):
        await trail.database.run(lambda connection: _fails(connection), tenant=PLATFORM)
    await trail.write(entry(3))
    await trail.seal()
    assert await trail.chains() == {ACME: [(1, 1), (2, 3)]}


async def _fails(connection: Connection) -> None:
    await put(connection, [entry(2)])
    raise ZeroDivisionError


async def test_business_goes_on(trail: Trail) -> None:
    """A sealer that stands still with its lock and its rows written stops no one from writing entries."""
    await trail.write(entry(1))
    standing, go_on = asyncio.Event(), asyncio.Event()

    async def stand(step: str) -> None:
        if step == "moved":
            standing.set()
            await go_on.wait()

    stopped = asyncio.create_task(trail.sealer(failpoint=stand).run())
    await standing.wait()
    async with asyncio.timeout(5):
        for number in range(2, 50):
            await trail.write(entry(number))
    go_on.set()
    await stopped
    await trail.seal()
    assert (await trail.chains())[ACME] == [(number, number) for number in range(1, 50)]


async def test_after_a_restore_into_a_new_server(trail: Trail, intruder: Connection) -> None:
    """Transactions numbered from below what was chained would never be chained: the sealer says so."""
    await trail.write(entry(1))
    await trail.seal()
    await intruder.execute("UPDATE audit_cursor SET xid = '9000000000'")
    with pytest.raises(CountsFromBelow):
        await trail.sealer().run()


async def test_a_root_every_minute_and_every_thousand(trail: Trail) -> None:
    """Without anything new no root is signed; with something new after 60 s; with much at once one for each 1,000 entries."""

    async def signed() -> list[int]:
        return [root.sequence for root in (await trail.listed()).roots]

    await trail.write(entry(1))
    await trail.sealer().run()
    assert await signed() == [1]
    await trail.write(entry(2))
    trail.clock.at += timedelta(seconds=59)
    await trail.sealer().run()
    assert await signed() == [1]
    trail.clock.at += timedelta(seconds=1)
    await trail.sealer().run()
    await trail.sealer().run()
    assert await signed() == [1, 2]
    await trail.write(*(entry(number) for number in range(3, 2504)))
    await trail.sealer().run()
    assert await signed() == [1, 2, 1002, 2002]
    await trail.seal()
    assert await signed() == [1, 2, 1002, 2002, 2503]
    assert (await trail.verified()).covered == 2503
