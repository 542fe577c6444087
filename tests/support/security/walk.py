"""The walk itself, against a running stack that holds the data of the demo."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
from kamai_client.target import Target

from support.security import enriching, logs, methods, samples, snapshot
from support.security.callers import Signer
from support.security.calling import Answer, Servers
from support.security.cases import Case, Casebook
from support.security.filling import CANARY, EMAIL
from support.security.logs import ServiceLog
from support.security.methods import Method

_PATIENCE_S = 20.0
_PAUSE_S = 0.5
_BATCH = 200

OnProgress = Callable[[str, int, int], None]
"""What is done, how many calls of it were made, of how many."""


@dataclass(frozen=True)
class Place:
    """A running stack: where its services, its database and its logs are."""

    target: Target
    admin_dsn: str
    log_files: Mapping[str, Path]

    @property
    def addresses(self) -> dict[str, str]:
        return dict(self.target.services)


@dataclass(frozen=True)
class Called:
    """A call of the walk and what is wrong with its answer, "" when nothing is."""

    case: Case
    answer: Answer
    wrong: str

    def __str__(self) -> str:
        return f"{self.case.method.title}: {self.case.column}: {self.case.what}: {self.wrong}, got {self.answer}"


@dataclass
class Findings:
    """`faults` are those of no single call: changed rows, faults of the logs, methods without a permission."""

    methods: Sequence[Method]
    opened: Sequence[str]
    foreign_kinds: Mapping[str, str]
    calls: list[Called] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    took_s: float = 0.0

    @property
    def wrong(self) -> list[str]:
        return [str(each) for each in self.calls if each.wrong] + self.faults


async def walk(place: Place, on_progress: OnProgress = lambda *_: None) -> Findings:
    """Calls every method as everybody who must be refused, and as its rightful callers.

    Raises:
        SampleMissing: the stack does not hold the data of the demo.
        TimeoutError: its workers do not come to rest.
    """
    began, schemas = time.monotonic(), list(place.addresses)
    found, opened = await asyncio.to_thread(methods.discover, place.addresses)
    database, servers = await asyncpg.connect(place.admin_dsn), Servers(place.addresses)
    try:
        await enriching.enrich(place.target, (await samples.owner(database)).org, schemas)
        await snapshot.at_rest(database, schemas)
        book = Casebook(Signer(Path(place.target.dev_key)), await samples.collect(database))
        usable = [each for each in found if each.permission]
        findings = Findings(found, opened, {each.title: book.foreign_kind(each) for each in usable})
        findings.faults += [f"{each.title}: has no permission" for each in found if not each.permission]
        owners = [case for each in usable for case in book.owners(each)]
        findings.calls += await _served(servers, owners, on_progress)
        before = await snapshot.at_rest(database, schemas)
        written = [ServiceLog(name, file) for name, file in place.log_files.items()]
        refused = await _made(servers, [case for each in usable for case in book.refusals(each)], "refusals", on_progress)
        findings.calls += refused
        changed = snapshot.changed(before, await snapshot.at_rest(database, schemas))
        findings.faults += [f"a refused call changed {each}" for each in changed]
        findings.faults += await logs.wrong(written, _by_service(refused, schemas), _unspeakable(refused))
    finally:
        await servers.close()
        await database.close()
    findings.took_s = time.monotonic() - began
    return findings


async def _made(servers: Servers, cases: Sequence[Case], what: str, on_progress: OnProgress) -> list[Called]:
    made: list[Called] = []
    for start in range(0, len(cases), _BATCH):
        batch = cases[start : start + _BATCH]
        answers = await asyncio.gather(*(servers.call(each.method, each.filled.request, each.token) for each in batch))
        made += [Called(case, answer, case.expected(answer)) for case, answer in zip(batch, answers, strict=True)]
        on_progress(what, len(made), len(cases))
    return made


async def _served(servers: Servers, cases: Sequence[Case], on_progress: OnProgress) -> list[Called]:
    """Of the rightful callers; the trail is sealed a moment after what it tells of."""
    until = time.monotonic() + _PATIENCE_S
    made = await _made(servers, cases, "rightful callers", on_progress)
    while any(each.wrong for each in made) and time.monotonic() < until:
        await asyncio.sleep(_PAUSE_S)
        again = iter(await _made(servers, [each.case for each in made if each.wrong], "rightful callers", lambda *_: None))
        made = [next(again) if each.wrong else each for each in made]
    return made


def _by_service(made: Sequence[Called], services: Sequence[str]) -> dict[str, logs.Calls]:
    counted: dict[str, logs.Calls] = {service: Counter() for service in services}
    for each in made:
        counted[each.case.method.server][each.case.method.path, each.answer.code] += 1
    return counted


def _unspeakable(made: Sequence[Called]) -> set[str]:
    """Free text, ids and request ids of the requests."""
    found = {CANARY, EMAIL}
    for each in made:
        found |= {sample.id for sample in each.case.filled.used if not sample.id.isdigit()}
        found.add(str(getattr(each.case.filled.request, "request_id", "")))
    return found - {""}
