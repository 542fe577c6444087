"""Verifies one service's trail, live or from an export."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable

from kamai.ops.v1 import audit_pb2 as pb

from kamai_client.audit import roots
from kamai_client.audit.chain import Chain, Position
from kamai_client.audit.findings import Finding, Kind, Report

Progress = Callable[[int, int], None]
"""Told how many entries were seen, and of how many about."""


def no_progress(_seen: int, _total: int) -> None:
    return


async def verify(
    service: str,
    batches: AsyncIterator[pb.StreamAuditEntriesResponse],
    sources: Iterable[roots.Source],
    keys: roots.Keys,
    organisation_id: str = "",
    progress: Progress = no_progress,
) -> Report:
    """Recomputes every chain that comes and holds the signed roots against it.

    Read `sources` before `batches` begins: then no root can know more than the stream will bring. `organisation_id` takes the
    roots of one chain only; "" expects every chain they know.
    """
    checked = roots.check(sources, service, organisation_id, keys)
    trail = _Trail(service, checked)
    async for batch in batches:
        trail.add(batch)
        progress(trail.seen, batch.estimated_total)
    return trail.report()


class _Trail:
    """All chains of a service, as they come."""

    def __init__(self, service: str, checked: roots.Checked) -> None:
        self._service, self._checked = service, checked
        self._chains: dict[str, Chain] = {}
        self._unchained = 0
        self._late: dict[str, Finding] = {}  # the first entry of each tenant that was put in behind the sealer's back
        self.seen = 0
        for organisation_id in checked.by_tenant:
            self._chain(organisation_id)

    def _chain(self, organisation_id: str) -> Chain:
        if organisation_id not in self._chains:
            known = self._checked.by_tenant.get(organisation_id, ())
            self._chains[organisation_id] = Chain(self._service, organisation_id, known)
        return self._chains[organisation_id]

    def add(self, batch: pb.StreamAuditEntriesResponse) -> None:
        self.seen += len(batch.entries)
        if batch.entries and batch.entries[0].sequence:
            self._chain(batch.organisation_id).add(batch.entries)
        elif batch.entries:
            self._add_unchained(batch)

    def _add_unchained(self, batch: pb.StreamAuditEntriesResponse) -> None:
        """They come last, and each is newer than all that was chained: the sealer goes by position."""
        newest: Position = max((chain.position for chain in self._chains.values()), default=(0, 0))
        self._unchained += len(batch.entries)
        for chained in batch.entries:
            entry = chained.entry
            if (entry.transaction, entry.id) <= newest:
                sentence = f"number {entry.id} was inserted or taken out of its chain: the sealer had passed its place"
                found = Finding(Kind.INSERTED, self._service, entry.organisation_id, 0, sentence, entry=entry.id)
                self._late.setdefault(entry.organisation_id, found)

    def report(self) -> Report:
        ordered = [self._chains[organisation_id] for organisation_id in sorted(self._chains)]
        findings = [finding for chain in ordered if (finding := chain.finish())]
        broken = {finding.organisation_id for finding in findings}
        findings += [finding for tenant, finding in sorted(self._late.items()) if tenant not in broken]
        return Report(
            self._service, sum(1 for chain in ordered if chain.count), sum(chain.count for chain in ordered),
            sum(chain.covered for chain in ordered), self._checked.count, self._checked.outside, self._unchained,
            findings + self._checked.findings,
        )  # fmt: skip
