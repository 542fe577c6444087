"""Verifies one service's trail, live or from an export."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from datetime import UTC, datetime, timedelta

from kamai.ops.v1 import audit_pb2 as pb

from kamai_client.audit import canonical, checking, roots
from kamai_client.audit.chain import Chain, Position
from kamai_client.audit.findings import Finding, Kind, Report

SIGNED_WITHIN = timedelta(minutes=10)
"""What is older and under no root was not left to the next root: those come every minute."""
_ANY_AGE = 2**63
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
    *,
    read_at: datetime | None = None,
    exported: bool = False,
) -> Report:
    """Recomputes every chain that comes and holds the signed roots against it.

    Read `sources` before `batches` begins: then no root can know more than the stream will bring. `organisation_id` takes the
    roots of one chain only; "" expects every chain they know. `read_at`: when the entries were read, by default now. Of entries
    that are `exported` nothing but a root tells the age: a chain without any is not verified.
    """
    checked = checking.check(sources, service, organisation_id, keys)
    trail = _Trail(service, checked, read_at or datetime.now(UTC), exported)
    async for batch in batches:
        trail.add(batch)
        progress(trail.seen, batch.estimated_total)
    report = trail.report()
    report.organisation_id, report.left_out = organisation_id, sorted(checked.left_out)
    return report


class _Trail:
    """All chains of a service, as they come."""

    def __init__(self, service: str, checked: checking.Checked, read_at: datetime, exported: bool) -> None:
        self._service, self._checked, self._exported = service, checked, exported
        self._signed_before = int((read_at - SIGNED_WITHIN).timestamp() * 1_000_000)
        self._chains: dict[str, Chain] = {}
        self._unchained = 0
        self._late: dict[str, Finding] = {}  # the first entry of each tenant that was put in behind the sealer's back
        self._waiting: dict[str, int] = {}  # the moment of each tenant's oldest entry that is not chained yet
        self.seen = 0
        for organisation_id in checked.by_tenant:
            self._chain(organisation_id)

    def _chain(self, organisation_id: str) -> Chain:
        if organisation_id not in self._chains:
            known, later = (each.get(organisation_id, ()) for each in (self._checked.by_tenant, self._checked.later))
            self._chains[organisation_id] = Chain(self._service, organisation_id, known, later)
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
            moment = canonical.micros(entry.occurred_at)
            self._waiting[entry.organisation_id] = min(moment, self._waiting.get(entry.organisation_id, moment))
            if (entry.transaction, entry.id) <= newest:
                sentence = f"number {entry.id} was inserted or taken out of its chain: the sealer had passed its place"
                found = Finding(Kind.INSERTED, self._service, entry.organisation_id, 0, sentence, entry=entry.id)
                self._late.setdefault(entry.organisation_id, found)

    def report(self) -> Report:
        ordered = [self._chains[organisation_id] for organisation_id in sorted(self._chains)]
        findings = [finding for chain in ordered if (finding := chain.finish())]
        broken = {finding.organisation_id for finding in findings}
        findings += [finding for tenant, finding in sorted(self._late.items()) if tenant not in broken]
        if not self._checked.without_key:
            findings += self._unsigned({finding.organisation_id for finding in findings})
        return Report(
            self._service, sum(1 for chain in ordered if chain.count), sum(chain.count for chain in ordered),
            sum(chain.covered for chain in ordered), self._checked.count, self._checked.outside, self._unchained,
            self._checked.as_of, findings + self._checked.findings,
        )  # fmt: skip

    def _unsigned(self, broken: set[str | None]) -> list[Finding]:
        """Of each chain that holds, what no signed root speaks of and ought to be under one."""
        anything = any(chain.covered for chain in self._chains.values())
        found = []
        for tenant in sorted((self._chains.keys() | self._waiting.keys()) - broken):
            chain = self._chains.get(tenant)
            covered = chain.covered if chain else 0
            before = self._signed_before if covered or (anything and not self._exported) else _ANY_AGE
            finding = chain.unsigned(before) if chain else None
            if finding is None and self._waiting.get(tenant, _ANY_AGE) < before:
                sentence = "entries that wait for their place in the chain are under no signed root"
                finding = Finding(Kind.UNSIGNED, self._service, tenant, 0, sentence)
            found += [finding] if finding else []
        return found
