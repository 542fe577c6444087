"""What verifying a trail found, on the screen and as an exit code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from kamai_client.audit.export import Head
from kamai_client.audit.findings import Report, Verdict, chains, whose
from kamai_client.audit.verifying import Progress as Told
from kamai_client.cli import failures, render, session
from kamai_client.cli.events import ServiceName

_COLUMNS = ["service", "chains", "entries", "under a root", "roots", "not chained yet", "newest root", "found"]
_WORDS = {Verdict.WHOLE: "whole", Verdict.NOT_VERIFIED: "not verified", Verdict.EMPTY: "nothing is there"}


@contextmanager
def progress(what: str) -> Iterator[Told]:
    """A bar for what takes long."""
    session_ = session.current()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=session_.err, transient=True, disable=not session_.err.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda seen, total: bar.update(task, completed=seen, total=max(seen, total) or None)


def show(reports: Sequence[Report], organisation: str, head: Head | None) -> None:
    """Ends the command with 1 unless what was asked for is there and whole. `head`: of an export."""
    shown = session.current()
    shown.err.print(_scope(reports, organisation, head), markup=False, highlight=False)
    if shown.json:
        render.print_json([report.as_dict() for report in reports])
    else:
        _print(reports)
    if all(report.verdict is Verdict.EMPTY for report in reports):
        where = ", ".join(report.service for report in reports) or "the export"
        what = f"no chain of {organisation}" if organisation else "not one entry"
        failures.refused("NOT_FOUND", f"there is {what} in {where}: nothing was verified")
    if not shown.json:
        _say_what_was_not_checked(reports, exported=head is not None)
    if any(report.findings for report in reports):
        raise typer.Exit(failures.REFUSED)


def _scope(reports: Sequence[Report], organisation: str, head: Head | None) -> str:
    """What was held against its roots: whoever reads "whole" has to know of what."""
    asked = f"the {whose(organisation)} alone" if organisation else "every chain"
    said = f"scope: {asked} of {', '.join(report.service for report in reports) or 'no service'}"
    if head and head.organisation_id and not organisation:
        said += f" in the export, whose head says that it was made of {head.organisation_id} alone"
    if left_out := {tenant for report in reports for tenant in report.left_out}:
        said += f"; not asked for, and not verified: {chains(left_out)}"
    return said


def _print(reports: Sequence[Report]) -> None:
    rows = [
        [r.service, *map(str, (r.chains, r.entries, r.covered, r.roots, r.unchained)), r.as_of[:19],
         _WORDS.get(r.verdict) or f"{len(r.findings)} broken"]
        for r in reports
    ]  # fmt: skip
    session.show_rows(_COLUMNS, rows)
    for finding in (finding for report in reports for finding in report.findings):
        err = session.current().err
        err.print(f"[bold red]{finding.kind}[/]", end=" ", highlight=False)
        err.print(str(finding), markup=False, highlight=False)


def _say_what_was_not_checked(reports: Sequence[Report], *, exported: bool) -> None:
    err = session.current().err
    for r in reports:
        behind = r.entries - r.covered + r.unchained
        if exported and behind and r.verdict is Verdict.WHOLE:
            said = f"{r.service} is whole as of its newest root, {r.as_of}: {behind} newer entries are under none yet"
            err.print(said, style="yellow", markup=False, highlight=False)
    if exported and (lacking := [each.value for each in ServiceName if each not in {r.service for r in reports}]):
        session.hint(f"nothing was said of {', '.join(lacking)}")
    if not any(report.outside for report in reports):
        session.hint("only the services' own roots were there: --roots FILE or --topic shows what was cut off with its roots")
