"""`kamai audit`: who did what; whether the record of it is whole."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from difflib import get_close_matches
from errno import EEXIST
from pathlib import Path
from typing import Annotated, Any

import typer
from kamai.ops.v1 import audit_pb2 as pb

from kamai_client import tokens
from kamai_client.audit import export as exports
from kamai_client.audit import exporting, offline
from kamai_client.audit import roots as signed
from kamai_client.audit.findings import Report
from kamai_client.audit.verifying import verify as verify_trail
from kamai_client.cli import audit_reports, audit_sources, failures, render, rpcs, session
from kamai_client.cli.command import command, group
from kamai_client.cli.events import OneService, ServiceName
from kamai_client.cli.values import Limit, moment
from kamai_client.client import Kamai
from kamai_client.pages import pages
from kamai_client.target import TargetError

app = group("audit", "The audit trail: who did what, and whether the record of it is whole.")

Services = Annotated[list[ServiceName] | None, typer.Option("--service", "-s", help="only of onboarding, contracts or payouts")]
Organisation = Annotated[str, typer.Option("--organisation", metavar="ORG_ID", help="only of this organisation")]
_EVERY = [each.value for each in ServiceName]
_ID = re.compile("[a-z]+_[0-7][0-9a-hjkmnp-tv-z]{25}")
_OWN_WORK = re.compile("work/[a-z0-9._-]+")  # what a service does by itself
_METHOD_FORM = "write it as /kamai.payouts.v1.RunService/ApproveRun, or as work/NAME"
_COLUMNS = ("id", "occurred_at", "kind", "actor", "method", "subjects", "organisation_id", "peer")


@command(app, "list")
def list_(
    service: OneService = None,
    organisation: Organisation = "",
    actor: Annotated[str, typer.Option(metavar="SUBJECT", help="only by this person or program")] = "",
    method: Annotated[str, typer.Option(metavar="METHOD", help="only this method, /package.Service/Method")] = "",
    subject: Annotated[str, typer.Option(metavar="ID", help="only what touched or read this id")] = "",
    since: Annotated[str, typer.Option(metavar="MOMENT", help="not before this moment, ISO 8601")] = "",
    until: Annotated[str, typer.Option(metavar="MOMENT", help="before this moment, ISO 8601")] = "",
    limit: Limit = 50,
) -> None:
    """Who did what in all services, newest first."""
    _require_sense(method, subject, since, until)
    asked = pb.ListAuditEntriesRequest(
        organisation_id=organisation, actor=actor, method=method, subject_id=subject,
        occurred_from=moment(since, "--since") if since else None,
        occurred_until=moment(until, "--until") if until else None,
    )  # fmt: skip
    found: list[tuple[str, pb.AuditEntry]] = []
    for name in [service] if service else list(ServiceName):
        items = session.items(lambda kamai, name=name: kamai.audit(name).ListAuditEntries, asked, limit)  # type: ignore[misc]
        found += [(name.value, item) for item in items]
    found.sort(key=lambda each: each[1].occurred_at.ToNanoseconds(), reverse=True)
    if session.current().json:
        render.print_json([{"service": name} | render.as_dict(entry) for name, entry in found[:limit]])
    else:
        rows = [[name, *(render.cell(entry, column) for column in _COLUMNS)] for name, entry in found[:limit]]
        session.show_rows(["service", *_COLUMNS], rows)
    session.say_if_more(len(found), limit)


def _require_sense(method: str, subject: str, since: str, until: str) -> None:
    """What can match nothing is a mistake, and not an empty list."""
    if method and not _OWN_WORK.fullmatch(method) and method not in rpcs.known():
        alike = get_close_matches(method, rpcs.known(), n=1, cutoff=0.5)
        raise typer.BadParameter(f"--method: there is no {method}; " + (f"is it {alike[0]}?" if alike else _METHOD_FORM))
    if subject and not _ID.fullmatch(subject):
        raise typer.BadParameter(f"--subject: {subject!r} is no id: write it whole, for example contractor_ and 26 characters")
    if since and until and moment(since, "--since").ToNanoseconds() >= moment(until, "--until").ToNanoseconds():
        raise typer.BadParameter("--until must be later than --since")


@command(app, "verify")
def verify(
    service: Services = None,
    organisation: Organisation = "",
    roots: Annotated[
        list[Path] | None,
        typer.Option(metavar="PATH", help="file of signed roots, or a folder of *-roots.jsonl; may be given again"),
    ] = None,
    topic: Annotated[bool, typer.Option("--topic", help="signed roots from Kafka (KAMAI_KAFKA_BOOTSTRAP)")] = False,
    keys: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="PATH",
            help="public keys of the roots, a JWK set, or a folder of audit-*-jwks.json; may be given again; by default those of"
            " the development stack",
        ),
    ] = None,
    export: Annotated[Path | None, typer.Option("--from", metavar="EXPORT", help="an export instead of the services")] = None,
) -> None:
    """Recompute the chains, hold the signed roots against them, and name the first entry of each chain that is not as it was.

    Exit codes: 0 whole; 1 something is broken or not verified; 2 wrong usage; 3 a service is out of reach.
    """
    names, head = [each.value for each in service or ()], None
    if not export and not any(session.current().target.services.values()):
        raise TargetError("no address of a service is known")
    with audit_sources.usable_files():
        known = signed.read_keys(audit_sources.key_files(keys or ()))
        outside = [signed.read_file(file) for file in signed.files_in(roots or (), "*-roots.jsonl")]
        if export:
            taken = exports.Export(export)
            head = taken.head
            audit_sources.require_named(taken, export, names)
            reports = asyncio.run(_verify_export(taken, names, organisation, outside, topic, known))
        else:
            organisation = _one_organisation(organisation)
            reports = asyncio.run(_verify_live(names or _EVERY, organisation, outside, topic, known))
    audit_reports.show(reports, organisation, head)


@command(app, "export")
def export(
    file: Annotated[Path, typer.Argument(help="where to; it must not exist")],
    service: Services = None,
    organisation: Organisation = "",
) -> None:
    """Entries, hashes and roots as JSON, one a line: `kamai audit verify --from FILE` needs nothing else but the keys."""
    names, organisation = [each.value for each in service or ServiceName], _one_organisation(organisation)
    try:
        with exporting.writing(file, organisation) as writer:
            asyncio.run(_export(writer, names, organisation))
    except OSError as error:
        failures.unusable(f"{file}: {error.strerror}" + (": name another file" if error.errno == EEXIST else ""))
    session.current().err.print(f"{writer.count} entries written to {file}", style="dim", markup=False)


def _one_organisation(given: str) -> str:
    """That was named, or that the caller acts for."""
    return given or tokens.binding(session.current().acting_for).get("organisation_id", "")


async def _verify_live(
    names: Sequence[str], organisation: str, outside: list[signed.Source], topic: bool, keys: signed.Keys
) -> list[Report]:
    """Service after service; roots are read before what they are held against."""
    found = []
    async with session.current().client() as kamai:
        for name in names:
            topics = [await audit_sources.from_topic(name)] if topic else []
            sources = [*outside, *topics, await _listed(kamai, name, organisation)]
            with audit_reports.progress(name) as told:
                batches = _streamed(kamai, name, organisation)
                found.append(await verify_trail(name, batches, sources, keys, organisation, told))
    return found


async def _verify_export(
    taken: exports.Export, names: Sequence[str], organisation: str, outside: list[signed.Source], topic: bool, keys: signed.Keys
) -> list[Report]:
    """The same without any service."""
    for name in (names or _EVERY) if topic else ():
        try:
            outside = [*outside, await audit_sources.from_topic(name)]
        except signed.UnusableFile:
            if name in taken.head.services:
                raise
    return await offline.verify(taken, names, organisation, outside, keys, audit_reports.progress)


async def _listed(kamai: Kamai, service: str, organisation: str) -> signed.Source:
    asked = pb.ListAuditRootsRequest(organisation_id=organisation, page_size=500)
    found = [root async for root in pages(kamai.audit(service).ListAuditRoots, asked)]
    return signed.Source(f"the list of {service}", found, outside=False)


def _streamed(kamai: Kamai, service: str, organisation: str) -> AsyncIterator[pb.StreamAuditEntriesResponse]:
    stream: Any = kamai.audit(service).StreamAuditEntries(pb.StreamAuditEntriesRequest(organisation_id=organisation))
    return aiter(stream)


async def _export(writer: exporting.Writer, names: Sequence[str], organisation: str) -> None:
    async with session.current().client() as kamai:
        for name in names:
            with audit_reports.progress(name) as told:
                writer.begin(name, (await _listed(kamai, name, organisation)).roots)
                before = writer.count
                async for batch in _streamed(kamai, name, organisation):
                    writer.add(batch)
                    told(writer.count - before, batch.estimated_total)
