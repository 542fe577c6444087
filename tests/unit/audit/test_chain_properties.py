"""The verifier on chains of any length with any one change: found, named at the first entry concerned, never a false alarm."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from kamai.ops.v1 import audit_pb2 as pb
from kamai_client.audit import canonical
from kamai_client.audit.chain import Chain
from kamai_client.audit.findings import Finding, Kind

EVERY = 7  # entries between roots


def chained(count: int) -> list[pb.ChainedAuditEntry]:
    before, made = canonical.FIRST, []
    for number in range(1, count + 1):
        entry = pb.AuditEntry(
            id=number, entry_id=str(UUID(int=number)), actor=f"person-{number % 3}", kind=pb.AUDIT_KIND_CHANGE, method="/P/Do",
            request_digest=hashlib.sha256(b"%d" % number).digest(), transaction=1 + number // 4,
        )  # fmt: skip
        before = canonical.link(before, canonical.entry(entry))
        made.append(pb.ChainedAuditEntry(entry=entry, sequence=number, hash=before, id=number))
    return made


def rooted(chain: list[pb.ChainedAuditEntry]) -> list[pb.AuditRoot]:
    """A root after every seven entries and at the end."""
    ends = sorted({*range(EVERY, len(chain) + 1, EVERY), len(chain)})
    return [pb.AuditRoot(service="probe", sequence=end, hash=chain[end - 1].hash) for end in ends]


def verdict(chain: list[pb.ChainedAuditEntry], roots: list[pb.AuditRoot], cuts: list[int]) -> Finding | None:
    """In batches that end after `cuts`."""
    verifier = Chain("probe", "", roots)
    edges = sorted({0, len(chain), *(min(cut, len(chain)) for cut in cuts)})
    for first, last in pairwise(edges):
        verifier.add(chain[first:last])
    return verifier.finish()


chains = st.integers(1, 60)
batches = st.lists(st.integers(1, 60), max_size=5)


@given(chains, batches)
def test_whole(count: int, cuts: list[int]) -> None:
    """No false alarm, however it is cut into batches."""
    chain = chained(count)
    assert verdict(chain, rooted(chain), cuts) is None


@given(chains, batches, st.data())
def test_edited(count: int, cuts: list[int], data: st.DataObject) -> None:
    """An edited entry is named."""
    chain, place = chained(count), data.draw(st.integers(0, count - 1))
    roots = rooted(chain)
    chain[place].entry.actor = "somebody else"
    found = verdict(chain, roots, cuts)
    assert found is not None
    assert (found.kind, found.sequence, found.entry) == (Kind.EDITED, place + 1, place + 1)


@given(chains, batches, st.data())
def test_deleted(count: int, cuts: list[int], data: st.DataObject) -> None:
    """Entries that were taken out are named, also when they were the last."""
    chain, first = chained(count), data.draw(st.integers(0, count - 1))
    roots, last = rooted(chain), data.draw(st.integers(first, count - 1))
    found = verdict(chain[:first] + chain[last + 1 :], roots, cuts)
    assert found is not None
    wanted = Kind.TRUNCATED if last == count - 1 else Kind.DELETED
    assert (found.kind, found.sequence, found.until) == (wanted, first + 1, last + 1)


@given(st.integers(2, 60), batches, st.data())
def test_swapped(count: int, cuts: list[int], data: st.DataObject) -> None:
    """Two entries that changed places are named by the first of them."""
    chain = chained(count)
    roots, one = rooted(chain), data.draw(st.integers(0, count - 2))
    other = data.draw(st.integers(one + 1, count - 1))
    kept = pb.AuditEntry()
    kept.CopyFrom(chain[one].entry)
    chain[one].entry.CopyFrom(chain[other].entry)
    chain[other].entry.CopyFrom(kept)
    found = verdict(chain, roots, cuts)
    assert found is not None
    assert (found.kind, found.sequence, found.until) == (Kind.REORDERED, one + 1, other + 1)


@given(chains, batches, st.data())
def test_rebuilt(count: int, cuts: list[int], data: st.DataObject) -> None:
    """A chain that was hashed anew from some entry on does not agree with the next root."""
    chain, place = chained(count), data.draw(st.integers(0, count - 1))
    roots = rooted(chain)
    chain[place].entry.actor = "somebody else"
    before = chain[place - 1].hash if place else canonical.FIRST
    for each in chain[place:]:
        before = each.hash = canonical.link(before, canonical.entry(each.entry))
    found = verdict(chain, roots, cuts)
    assert found is not None
    assert (found.kind, found.sequence) == (Kind.REWRITTEN, place // EVERY * EVERY + 1)
    assert found.sequence <= place + 1 <= found.until
