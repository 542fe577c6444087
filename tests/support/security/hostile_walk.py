"""The walk with hostile text, against a running stack that holds the data of the demo."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
from chassis.logging import ALLOWED
from google.protobuf.message import Message

from support.security import enriching, logs, methods, payloads, samples, snapshot
from support.security.callers import Signer
from support.security.calling import Answer, Servers
from support.security.fresh import STEPS, Fresh, carry, told
from support.security.hostile import Attempt, Target, attempt, targets
from support.security.logs import ServiceLog
from support.security.methods import Method
from support.security.requests import Requests
from support.security.walk import Place

# Where texts that were taken are read again, by the method that took them.
READ = {
    "RegisterContractor": "GetContractor", "UpdateContractor": "GetContractor", "CreateOrganisation": "GetOrganisation",
    "SuspendContractor": "ListContractorTransitions", "ReinstateContractor": "ListContractorTransitions",
    "CloseContractor": "ListContractorTransitions", "AddPayoutMethod": "ListPayoutMethods",
    "CreatePurchaseOrder": "GetPurchaseOrder", "AmendPurchaseOrder": "ListPurchaseOrderAmendments",
    "ClosePurchaseOrder": "ListPurchaseOrderTransitions", "DraftContract": "GetContract", "SignContract": "GetContract",
    "VoidContract": "ListContractTransitions", "DeclineContract": "ListContractTransitions",
    "EndContract": "ListContractTransitions", "SubmitMilestone": "ListWorkItemTransitions",
    "RequestMilestoneChanges": "ListWorkItemTransitions", "RegisterFundingAccount": "ListFundingAccounts",
    "ImportBankMessage": "GetBankMessage",
}  # fmt: skip
_READ_TOO = {"external_id", "number"}  # besides free texts
_PAGE = 500
_METADATA = ("traceparent", "tracestate", "baggage", "x-request-id", "x-forwarded-for", "user-agent")
_ASKED_WITH_METADATA = ("GetRequirements", "CreateOrganisation", "ListRuns")
_MARKS = re.compile(r"[bcdfghjkmnpqrstvwxz]{8,}")


@dataclass(frozen=True)
class Tried:
    """An attempt, its answer and what is wrong, "" when nothing is. `read`: whether the text was found as it was sent."""

    target: Target
    answer: Answer
    wrong: str
    read: bool = False

    def __str__(self) -> str:
        return f"{self.target}: {self.wrong}, got {self.answer}"


@dataclass
class Hostile:
    """Everything the walk found."""

    methods: list[Method]
    tried: list[Tried] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    took_s: float = 0.0

    @property
    def wrong(self) -> list[str]:
        return [str(each) for each in self.tried if each.wrong] + self.faults


class _Walk:
    def __init__(self, found: Iterable[Method], requests: Requests, servers: Servers) -> None:
        self.methods = {each.name: each for each in found}
        self._requests, self._servers, self.marks = requests, servers, set[str]()
        self._fresh = Fresh(requests, self.methods, servers)

    async def one(self, target: Target) -> Tried:
        needs = target.may_be_taken and target.method.name in STEPS
        made = attempt(self._requests, target, await self._fresh.before(target.method) if needs else {})
        self.marks.add(made.mark)
        answer = await self._servers.call(target.method, made.request, made.token, first=made.first)
        wrong = made.wrong(answer)
        if wrong or answer.error or not _is_read(target):
            return Tried(target, answer, wrong)
        same = made.text in await self._read(made, answer.replies[0])
        return Tried(target, answer, "" if same else "is not what was sent when it is read again", same)

    async def _read(self, made: Attempt, reply: Message) -> set[str]:
        method = self.methods[READ[made.target.method.name]]
        request, token = self._requests.valid(method, of_owner=True)
        carry(request, told(reply) | {"contractor_id": getattr(made.request, "contractor_id", "")})
        if "page_size" in request.DESCRIPTOR.fields_by_name:
            request.page_size = _PAGE
        answer = await self._servers.call(method, request, token)
        return {text for each in answer.replies for text in _texts(each)}

    async def with_metadata(self) -> list[str]:
        """Faults of calls whose metadata is hostile; gRPC itself lets only visible ASCII pass, and bytes where a name says so."""
        faults = []
        for name, (key, payload) in itertools.product(_ASKED_WITH_METADATA, _hostile_metadata(self.marks)):
            request, token = self._requests.valid(self.methods[name])
            answer = await self._servers.call(self.methods[name], request, token, [(key, payload)])
            faults += [f"{name} with {key} {payload!r}: {answer}"] if answer.error else []
        return faults

    async def of_unknown_methods(self) -> list[str]:
        """Faults of calls that are hostile in the name of the method: it is the caller's text too."""
        faults = []
        _, token = self._requests.valid(self.methods["ListOrganisations"])
        for server, (mark, text) in itertools.product(self._servers.made, _visible(self.marks)):
            answer = await self._servers.call_unknown(server, f"/kamai.x.v1.X/{text.replace(' ', '')}", token)
            if answer.code != "UNIMPLEMENTED" or payloads.echoed(str(answer), mark):
                faults.append(f"{server} asked for an unknown method: {answer}")
        return faults


def _is_read(target: Target) -> bool:
    where = target.where
    return target.method.name in READ and (where.is_free or where.is_bytes or where.path in _READ_TOO)


def _texts(message: Message) -> Iterator[str]:
    for each, value in message.ListFields():
        for item in value if each.is_repeated else [value]:
            if isinstance(item, Message):
                yield from _texts(item)
            elif isinstance(item, str | bytes):
                yield item if isinstance(item, str) else item.decode(errors="replace")


def _hostile_metadata(marks: set[str]) -> Iterator[tuple[str, Any]]:
    for key in _METADATA:
        yield from ((key, text) for _, text in _visible(marks))
    for payload in payloads.PAYLOADS.values():
        marks.add(mark := payloads.mark())
        yield "x-kamai-bin", payload(mark).encode()


def _visible(marks: set[str]) -> Iterator[tuple[str, str]]:
    """Payloads of visible ASCII, with their marks."""
    for payload in payloads.PAYLOADS.values():
        mark = payloads.mark()
        if (text := payload(mark)).isascii() and text.isprintable():
            marks.add(mark)
            yield mark, text


def log_faults(written: ServiceLog, marks: set[str]) -> list[str]:
    """Lines that are not ours, and pieces of hostile text, wherever they stand."""
    pieces = {mark[at : at + payloads.PIECE] for mark in marks for at in range(payloads.MARK - payloads.PIECE + 1)}
    faults = []
    for line in written.text().splitlines():
        if not _is_ours(line):
            faults.append(f"{written.name}: a line that is no entry: {line[:80]!r}")
        if payloads.FORGED in line or any(_holds(run, pieces) for run in _MARKS.findall(line)):
            faults.append(f"{written.name}: hostile text in {line[:200]!r}")
    return faults


def _is_ours(line: str) -> bool:
    try:
        entry = json.loads(line)
    except ValueError:
        return False
    return isinstance(entry, dict) and "event" in entry and entry.keys() <= ALLOWED


def _holds(run: str, pieces: set[str]) -> bool:
    return any(run[at : at + payloads.PIECE] in pieces for at in range(len(run) - payloads.PIECE + 1))


async def walk(place: Place) -> Hostile:
    """Every class of payloads in the texts of every method.

    Raises:
        SampleMissing: the stack does not hold the data of the demo.
        NotMade: a call that others need was refused.
        TimeoutError: its workers do not come to rest.
    """
    began, schemas = time.monotonic(), list(place.addresses)
    found, _ = await asyncio.to_thread(methods.discover, place.addresses)
    database, servers = await asyncpg.connect(place.admin_dsn), Servers(place.addresses)
    try:
        await enriching.enrich(place.target, (await samples.owner(database)).org, schemas)
        known = await samples.collect(database)
        await snapshot.at_rest(database, schemas)
        before = await snapshot.of_others(database, schemas, known.neighbour)
        written = [ServiceLog(name, file) for name, file in place.log_files.items()]
        ahead = _Walk(found, Requests(known, Signer(Path(place.target.dev_key))), servers)
        every = [target for start, method in enumerate(found) for target in targets(method, start)]
        result = Hostile(found, await asyncio.gather(*(ahead.one(target) for target in every)))
        result.faults += await ahead.with_metadata() + await ahead.of_unknown_methods()
        await snapshot.at_rest(database, schemas)
        after = await snapshot.of_others(database, schemas, known.neighbour)
        result.faults += [f"another tenant's rows: {each}" for each in snapshot.changed(before, after)]
        result.faults += [f"no table any more: {table}" for table in before.keys() - after.keys()]
        result.faults += await logs.wrong(written, servers.made, {payloads.FORGED})
        result.faults += [fault for each in written for fault in log_faults(each, ahead.marks)]
    finally:
        await servers.close()
        await database.close()
    result.took_s = time.monotonic() - began
    return result
