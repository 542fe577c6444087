"""Nothing is lost, nothing is out of order at the effect, and nothing has its effect twice, whatever is killed when."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from chassis import ids
from chassis.db.pool import connect
from devstack import infra
from support.databases import Templates
from support.probe import things, wire
from support.wait import until

from .chaos import Chaos


async def settled(url: str) -> dict[str, int] | None:
    """Figures once the outbox is empty and there is an effect for every step; None before."""
    try:
        connection = await connect(url, "checker")
    except OSError:
        return None
    try:
        versions = {ids.encode("thing", r["id"]): r["version"] for r in await connection.fetch("SELECT id, version FROM thing")}
        found = await things.effects(connection)
        waiting = await connection.fetchval("SELECT count(*) FROM outbox")
        if waiting or sum(map(len, found.values())) < sum(versions.values()):
            return None
        return check(versions, found)
    finally:
        await connection.close()


def check(versions: dict[str, int], found: dict[str, list[int]]) -> dict[str, int]:
    """Counts what must not be: lost, repeated and misplaced effects."""
    figures: Counter[str] = Counter(things=len(versions), steps=sum(versions.values()), lost=0, repeated=0, misplaced=0)
    for key, version in versions.items():
        effects = found.get(key, [])
        figures["lost"] += len(set(range(1, version + 1)) - set(effects))
        figures["repeated"] += len(effects) - len(set(effects))
        figures["misplaced"] += sum(later < earlier for earlier, later in pairwise(effects))
    figures["unknown"] = len(set(found) - set(versions))
    return dict(figures)


async def crash_run(folder: Path, seed: int, goes_on: Callable[[Chaos], bool]) -> None:
    """One run; prints its figures. Nobody dies but those who are killed."""
    with infra.start_postgres(folder / "postgres", fast=True) as postgres, infra.start_kafka(folder / "kafka") as kafka:
        async with Templates(postgres.admin_dsn).database("probe", things.PACKAGE) as database:
            chance, topic = random.Random(seed), await things.new_topic(kafka.bootstrap, partitions=4)
            keys = [things.new_key() for _ in range(40)]
            settings = {
                "url": database.app_url, "bootstrap": kafka.bootstrap, "topic": topic, "keys": keys, "seed": seed,
                "pause_s": 0.002,
            }  # fmt: skip
            chaos = Chaos(postgres, kafka, folder, settings, chance)
            chaos.start()
            try:
                await chaos.rage(lambda: goes_on(chaos))
                assert chaos.dead() == []
                await chaos.end_writer()
                figures = await until(lambda: settled(database.app_url), timeout_s=120, every_s=0.5)
                assert figures
                published = await _published(kafka.bootstrap, topic, figures["steps"])
            except AssertionError:
                await _tell(database.app_url, folder)
                raise
            finally:
                await chaos.end()
        print(f"\ncrash run, seed {seed}: {dict(chaos.counts)}; {figures}; {published}")
        assert figures["steps"] > 100
        assert {name: figures[name] for name in ("lost", "repeated", "misplaced", "unknown")} == dict.fromkeys(
            ("lost", "repeated", "misplaced", "unknown"), 0
        )


async def _published(bootstrap: str, topic: str, steps: int) -> dict[str, int]:
    """How many records lie on the topic, and how many of them are repeats that the inbox had to drop."""
    records = await wire.read(bootstrap, topic, steps)
    events = {dict(record.headers)["ce_id"] for record in records}
    return {"records": len(records), "repeated records": len(records) - len(events)}


async def _tell(url: str, folder: Path) -> None:
    """What a failed run leaves to look at."""
    connection: Any = await connect(url, "checker")
    print(await connection.fetch("SELECT shard, count(*), max(attempts) FROM outbox GROUP BY 1"))
    print(await connection.fetch("SELECT key, sequence, state, error, attempts FROM failed_event WHERE state <> 'RESOLVED'"))
    await connection.close()
    for log in sorted(folder.glob("*.log")):
        print(f"--- {log.name}\n{log.read_text()[-2000:]}")


@pytest.mark.timeout(400)
async def test_a_minute_of_crashes(tmp_path: Path) -> None:
    """Nearly half a minute under fire, then rest: 0 lost, 0 repeated, 0 out of order."""
    until_s = time.monotonic() + 32
    await crash_run(tmp_path, 20261122, lambda _chaos: time.monotonic() < until_s)


@pytest.mark.slow
@pytest.mark.timeout(3600)
async def test_five_hundred_kills(tmp_path: Path) -> None:
    """The same until 500 processes were killed."""
    await crash_run(tmp_path, random.randrange(10**9), lambda chaos: chaos.kills < 500)
