"""Which roots of a service hold, whether any is missing, and whether two of one number were signed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from kamai.ops.v1 import audit_pb2 as pb

from kamai_client.audit import canonical
from kamai_client.audit.findings import Finding, Kind
from kamai_client.audit.roots import Keys, Source

Place = tuple[str, int]  # tenant and number of a root


@dataclass
class Checked:
    """The roots of one service that hold, by their chain's tenant, and what is wrong with the others."""

    by_tenant: dict[str, list[pb.AuditRoot]] = field(default_factory=dict)
    later: dict[str, list[pb.AuditRoot]] = field(default_factory=dict)
    without_key: dict[tuple[str, str, int], pb.AuditRoot] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    left_out: set[str] = field(default_factory=set)  # tenants of other chains
    count: int = 0
    outside: int = 0

    @property
    def as_of(self) -> str:
        """When the newest of them was signed; "" when there is none."""
        newest = max((root.signed_at for known in self.by_tenant.values() for root in known), key=canonical.micros, default=None)
        return newest.ToJsonString() if newest else ""


def check(sources: Iterable[Source], service: str, organisation_id: str, keys: Keys) -> Checked:
    """The roots of one service; `organisation_id` "" takes every chain."""
    checked, doubles = Checked(), _Doubles()
    known: dict[Place, pb.AuditRoot] = {}
    forgotten: dict[Place, pb.AuditRoot] = {}

    def holding(given: Iterable[pb.AuditRoot], source: Source) -> list[pb.AuditRoot]:
        mine = [r for r in given if r.service == service]
        if organisation_id:
            checked.left_out |= {r.organisation_id for r in mine} - {organisation_id}
        return [r for r in mine if r.organisation_id not in checked.left_out and _holds(r, source, keys, checked)]

    for source in sorted(sources, key=lambda each: not each.outside):
        given, later = holding(source.roots, source), holding(source.later, source)
        held = {(r.organisation_id, r.number): r for r in given}
        for root in doubles.new_among(later):
            checked.later.setdefault(root.organisation_id, []).append(root)
        for root in doubles.new_among(given):
            checked.by_tenant.setdefault(root.organisation_id, []).append(root)
        if source.whole:
            checked.findings += _gaps(given, source)
        if source.outside:
            checked.outside += len(held)
        else:
            forgotten = {each: root for each, root in known.items() if each not in held}
        known |= held
    for root in forgotten.values():
        sentence = f"the service no longer lists root {root.number} (of entry {root.sequence}), which was signed"
        checked.findings.append(Finding(Kind.ROOT_MISSING, service, root.organisation_id, root.sequence, sentence))
    checked.count = len(known)
    checked.findings += doubles.findings(service) + _without_key(checked, service)
    return checked


class _Doubles:
    """Roots by their numbers, wherever they come from: two that differ were both signed."""

    def __init__(self) -> None:
        self._known: dict[Place, list[pb.AuditRoot]] = {}

    def new_among(self, given: Iterable[pb.AuditRoot]) -> list[pb.AuditRoot]:
        """Without those that were seen already: the same root in two places, or twice in one, is fine."""
        found = []
        for root in given:
            known = self._known.setdefault((root.organisation_id, root.number), [])
            if all(root != each and canonical.root(root) != canonical.root(each) for each in known):
                known.append(root)
                found.append(root)
        return found

    def findings(self, service: str) -> list[Finding]:
        """The first number of each chain, and how many more there are."""
        numbers: dict[str, list[int]] = {}
        for (tenant, number), roots in sorted(self._known.items()):
            if len(roots) > 1:
                numbers.setdefault(tenant, []).append(number)
        return [self._finding(service, tenant, *doubled) for tenant, doubled in numbers.items()]

    def _finding(self, service: str, tenant: str, number: int, *more: int) -> Finding:
        entries = sorted({root.sequence for root in self._known[tenant, number]})
        sentence = f"two roots of number {number} were signed, of {' and of '.join(f'entry {each}' for each in entries)}"
        if more:
            sentence += f", and two of each of {len(more)} later numbers"
        return Finding(Kind.SIGNED_TWICE, service, tenant, entries[0], sentence + ": the chain was set back and signed again")


def _without_key(checked: Checked, service: str) -> list[Finding]:
    """One sentence for each key that was not given."""
    by_key: dict[str, list[pb.AuditRoot]] = {}
    for root in checked.without_key.values():
        by_key.setdefault(root.key_id, []).append(root)
    given = checked.count or checked.later
    return [
        Finding(
            Kind.NO_KEY, service, None, 0, (f"key {key_id} was not given" if given else f"no key of {service} was given")
            + f": {len(signed)} {'root is' if len(signed) == 1 else 'roots are'} signed with {'it' if given else key_id}",
        )
        for key_id, signed in by_key.items()
    ]  # fmt: skip


def _holds(root: pb.AuditRoot, source: Source, keys: Keys, checked: Checked) -> bool:
    key = keys.get(root.key_id)
    if key is None:
        checked.without_key[root.key_id, root.organisation_id, root.number] = root
        return False
    try:
        key.verify(root.signature, canonical.root(root))
        return True
    except (InvalidSignature, canonical.Malformed):
        problem = "has a wrong signature"
    sentence = f"root {root.number} (of entry {root.sequence}) in {source.name} {problem}"
    checked.findings.append(Finding(Kind.ROOT_INVALID, root.service, root.organisation_id, root.sequence, sentence))
    return False


def _gaps(roots: Sequence[pb.AuditRoot], source: Source) -> list[Finding]:
    """Where a place that keeps every root lacks one: the first of each chain."""
    found: list[Finding] = []
    last: dict[str, tuple[int, set[bytes]]] = {}  # each chain's number so far, and the digests of the roots that have it
    broken = set()
    for root in sorted(roots, key=lambda each: (each.organisation_id, each.number)):
        number, digests = last.get(root.organisation_id, (0, {canonical.FIRST}))
        digest = hashlib.sha256(canonical.root(root)).digest()
        if root.number == number:
            digests.add(digest)
            continue
        last[root.organisation_id] = (root.number, {digest})
        if root.organisation_id in broken or (root.number == number + 1 and root.previous in digests):
            continue
        broken.add(root.organisation_id)
        what = (
            f"root {number + 1} is missing"
            if root.number > number + 1
            else f"root {root.number} does not follow the one before it"
        )
        found.append(Finding(Kind.ROOT_MISSING, root.service, root.organisation_id, root.sequence, f"{source.name}: {what}"))
    return found
