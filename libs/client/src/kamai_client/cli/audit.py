"""`kamai audit`: who did what; whether the record of it is whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from kamai.ops.v1 import audit_pb2 as pb
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from kamai_client.audit import export as exports
from kamai_client.audit import roots as signed
from kamai_client.audit import topic as topics
from kamai_client.audit.findings import Report
from kamai_client.audit.verifying import Progress as Told
from kamai_client.audit.verifying import verify as verify_trail
from kamai_client.cli import failures, render, session
from kamai_client.cli.command import command, group
from kamai_client.cli.events import OneService, ServiceName
from kamai_client.cli.values import Limit, moment
from kamai_client.client import Kamai
from kamai_client.pages import pages

app = group("audit", "The audit trail: who did what, and whether the record of it is whole.")

BROKEN = 1
Services = Annotated[list[ServiceName] | None, typer.Option("--service", "-s", help="only of onboarding, contracts or payouts")]
Organisation = Annotated[str, typer.Option("--organisation", metavar="ORG_ID", help="only of this organisation")]
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
    asked = pb.ListAuditEntriesRequest(
        organisation_id=organisation, actor=actor, method=method, subject_id=subject,
        occurred_from=moment(since) if since else None, occurred_until=moment(until) if until else None,
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


@command(app, "verify")
def verify(
    service: Services = None,
    organisation: Organisation = "",
    roots: Annotated[list[Path] | None, typer.Option(metavar="FILE", help="file of signed roots; may be given again")] = None,
    topic: Annotated[bool, typer.Option("--topic", help="signed roots from Kafka (KAMAI_KAFKA_BOOTSTRAP)")] = False,
    keys: Annotated[list[Path] | None, typer.Option(metavar="JWKS", help="public keys of the roots; may be given again")] = None,
    export: Annotated[Path | None, typer.Option("--from", metavar="EXPORT", help="an export instead of the services")] = None,
) -> None:
    """Recompute the chains, hold the signed roots against them, and name the first entry of each chain that is not as it was."""
    try:
        acting_for = session.current().acting_for
        organisation = organisation or (acting_for if acting_for.startswith("org_") else "")
        known = signed.read_keys(keys or _default_keys())
        outside = [signed.read_file(file) for file in roots or ()]
        names = [each.value for each in service or ()]
        if export:
            reports = asyncio.run(_verify_export(export, names, organisation, outside, topic, known))
        else:
            reports = asyncio.run(
                _verify_live(names or [each.value for each in ServiceName], organisation, outside, topic, known)
            )
    except signed.UnusableFile as error:
        failures.refused("UNUSABLE_FILE", str(error))
    _show(reports)
    if any(report.findings for report in reports):
        raise typer.Exit(BROKEN)


@command(app, "export")
def export(
    file: Annotated[Path, typer.Argument(help="where to; it must not exist")],
    service: Services = None,
    organisation: Organisation = "",
) -> None:
    """Entries, hashes and roots as JSON, one a line: `kamai audit verify --from FILE` needs nothing else but the keys."""
    names = [each.value for each in service or ServiceName]
    try:
        count = asyncio.run(_export(file, names, organisation))
    except OSError as error:
        failures.refused("UNUSABLE_FILE", f"{file}: {error.strerror}")
    session.current().err.print(f"{count} entries written to {file}", style="dim", markup=False)


def _default_keys() -> list[Path]:
    """Those of the development stack, beside its token key."""
    key = session.current().target.dev_key
    found = sorted(Path(key).parent.glob("audit-*-jwks.json")) if key else []
    if not found:
        failures.refused(
            "NO_KEYS", "name the public keys of the roots: --keys JWKS, the file KAMAI_AUDIT_JWKS_FILE of the service"
        )
    return found


@contextmanager
def _progress(what: str) -> Iterator[Told]:
    session_ = session.current()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=session_.err, transient=True, disable=not session_.err.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda seen, total: bar.update(task, completed=seen, total=max(seen, total) or None)


async def _verify_live(
    names: Sequence[str], organisation: str, outside: list[signed.Source], topic: bool, keys: signed.Keys
) -> list[Report]:
    """Service after service; roots are read before what they are held against."""
    found = []
    async with session.current().client() as kamai:
        for name in names:
            sources = [*outside, *([await _from_topic(name)] if topic else []), await _listed(kamai, name, organisation)]
            with _progress(name) as told:
                batches = _streamed(kamai, name, organisation)
                found.append(await verify_trail(name, batches, sources, keys, organisation, told))
    return found


async def _verify_export(
    export: Path, names: Sequence[str], organisation: str, outside: list[signed.Source], topic: bool, keys: signed.Keys
) -> list[Report]:
    """The same without any service."""
    found, taken = [], exports.Export(export)
    own = taken.source()
    for name in names or taken.services():
        later = [*outside, *([await _from_topic(name)] if topic else [])]
        sources = [own, *(own.known_by_then(each) for each in later)]
        with _progress(name) as told:
            found.append(await verify_trail(name, taken.batches(name, organisation), sources, keys, organisation, told))
    return found


async def _from_topic(service: str) -> signed.Source:
    from aiokafka.errors import KafkaError

    bootstrap = session.current().target.bootstrap
    if not bootstrap:
        failures.refused("NO_TARGET", "--topic needs KAMAI_KAFKA_BOOTSTRAP")
    try:
        return await topics.read(bootstrap, service)
    except KafkaError:
        failures.out_of_reach(f"Kafka does not answer at {bootstrap}")


async def _listed(kamai: Kamai, service: str, organisation: str) -> signed.Source:
    asked = pb.ListAuditRootsRequest(organisation_id=organisation, page_size=500)
    found = [root async for root in pages(kamai.audit(service).ListAuditRoots, asked)]
    return signed.Source(f"the list of {service}", found, outside=False)


def _streamed(kamai: Kamai, service: str, organisation: str) -> AsyncIterator[pb.StreamAuditEntriesResponse]:
    stream: Any = kamai.audit(service).StreamAuditEntries(pb.StreamAuditEntriesRequest(organisation_id=organisation))
    return aiter(stream)


async def _export(path: Path, names: Sequence[str], organisation: str) -> int:
    count = 0
    with path.open("x") as file:
        async with session.current().client() as kamai:
            for name in names:
                exports.write_service(file, name, (await _listed(kamai, name, organisation)).roots)
                with _progress(name) as told:
                    seen = 0
                    async for batch in _streamed(kamai, name, organisation):
                        exports.write_batch(file, batch)
                        seen += len(batch.entries)
                        told(seen, batch.estimated_total)
                    count += seen
    return count


def _show(reports: Sequence[Report]) -> None:
    shown = session.current()
    if shown.json:
        render.print_json([report.as_dict() for report in reports])
        return
    columns = ["service", "chains", "entries", "under a root", "roots", "not chained yet", "found"]
    rows = [
        [r.service, *map(str, (r.chains, r.entries, r.covered, r.roots, r.unchained)), str(len(r.findings) or "whole")]
        for r in reports
    ]
    session.show_rows(columns, rows)
    for finding in (finding for report in reports for finding in report.findings):
        shown.err.print(f"[bold red]{finding.kind}[/]", end=" ", highlight=False)
        shown.err.print(str(finding), markup=False, highlight=False)
    if not any(report.outside for report in reports):
        session.hint("only the services' own roots were there: --roots FILE or --topic shows what was cut off with its roots")
