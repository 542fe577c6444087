"""Verifies an export without any service."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from kamai_client.audit import verifying
from kamai_client.audit.export import Export, Part
from kamai_client.audit.findings import Finding, Kind, Report, chains
from kamai_client.audit.roots import Keys, Source


async def verify(
    export: Export,
    services: Sequence[str],
    organisation_id: str,
    outside: Sequence[Source],
    keys: Keys,
    progress: Callable[[str], AbstractContextManager[verifying.Progress]],
) -> list[Report]:
    """Every service of the export, or of `services`; and those that it ought to have. `progress` is opened for each.

    `organisation_id` is what the verifier asks for, never what the export says of itself. Chains it leaves out are told.

    Raises:
        UnusableFile: it is no export.
    """
    found = []
    for part in export.parts():
        service = part.head.service
        if services and service not in services:
            continue
        sources = [part.source, *(part.source.known_by_then(each) for each in outside)]
        with progress(service) as told:
            report = await verifying.verify(
                service, part.batches(organisation_id), sources, keys, organisation_id, told,
                read_at=export.head.taken_at, exported=True,
            )  # fmt: skip
        report.findings += part.head.missing(part.source, report, organisation_id)
        if organisation_id:
            report.left_out = sorted(_left_out(part, report))
        elif export.head.organisation_id:
            _tell_of_missing(part, report, export.head.organisation_id, outside)
        found.append(report)
    known = {report.service for report in found}
    signed = [r.service for each in outside for r in each.roots if organisation_id in ("", r.organisation_id)]
    expected = [each for each in dict.fromkeys([*export.head.services, *signed]) if not services or each in services]
    return found + [_absent(each, in_head=each in export.head.services) for each in expected if each not in known]


def _left_out(part: Part, report: Report) -> set[str]:
    """Whose chains the file, its head or roots name that were not asked for."""
    return {*report.left_out, *part.chains, *(chain.organisation_id for chain in part.head.chains)} - {report.organisation_id}


def _tell_of_missing(part: Part, report: Report, said: str, outside: Sequence[Source]) -> None:
    """Signed chains of which the export has nothing, when its head says that it is of one organisation."""
    held = part.chains | {root.organisation_id for root in part.source.roots}
    signed = {root.organisation_id for each in outside for root in each.roots if root.service == report.service}
    if missing := signed - held:
        sentence = (
            f"the export has nothing of the {chains(missing)}, of which there are signed roots: its head says that it was made "
            f"of {said} alone"
        )
        told = {(kind, tenant) for kind in (Kind.TRUNCATED, Kind.ROOT_MISSING) for tenant in missing}
        report.findings = [each for each in report.findings if (each.kind, each.organisation_id) not in told]
        report.findings.append(Finding(Kind.MISSING, report.service, None, 0, sentence))


def _absent(service: str, in_head: bool) -> Report:
    why = "its head names it" if in_head else "there are signed roots of it"
    sentence = f"the export has nothing of this service, but {why}"
    return Report(service, findings=[Finding(Kind.MISSING, service, None, 0, sentence)])
