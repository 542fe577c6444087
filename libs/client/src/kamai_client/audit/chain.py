"""One chain, recomputed entry by entry; and what was done to it, told from where it breaks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kamai.ops.v1 import audit_pb2 as pb

from kamai_client.audit import canonical
from kamai_client.audit.findings import Finding, Kind, places

_WINDOW = 2_000  # entries behind a break that are looked at to tell what was done
Position = tuple[int, int]


class Chain:
    """Takes a chain's entries in the order they come; `roots` are those whose signature holds.

    `later` were signed after the entries were read: the chain may end before them.
    """

    def __init__(
        self, service: str, organisation_id: str, roots: Iterable[pb.AuditRoot], later: Iterable[pb.AuditRoot] = ()
    ) -> None:
        self._service, self._organisation_id = service, organisation_id
        self._roots: dict[int, list[bytes]] = {}
        for root in roots:
            self._roots.setdefault(root.sequence, []).append(root.hash)
        self._last = max(self._roots, default=0)
        for root in later:
            self._roots.setdefault(root.sequence, []).append(root.hash)
        self._places = {value: place for place, values in self._roots.items() for value in values}
        self.count = self.covered = 0
        self.position: Position = (0, 0)
        self._sequence, self._hash, self._before = 0, canonical.FIRST, b""
        self._window: list[pb.ChainedAuditEntry] = []
        self._shift: tuple[int, int] | None = None  # a signed hash: the place it was signed for, the place it stands at now
        self._found: Finding | None = None
        self._behind: pb.AuditEntry | None = None  # the first entry behind the last root

    def add(self, entries: Sequence[pb.ChainedAuditEntry]) -> None:
        """The next entries of the chain."""
        self.count += len(entries)
        done = 0 if self._found or self._window else self._follow(entries)
        if self._found is None and done < len(entries):
            self._look_beyond(entries[done:])

    def _follow(self, entries: Sequence[pb.ChainedAuditEntry]) -> int:
        """Goes on as long as the chain holds; how many entries did."""
        sequence, known, before, position, roots = self._sequence, self._hash, self._before, self.position, self._roots
        done, start = 0, sequence
        for chained in entries:
            entry = chained.entry
            here = (entry.transaction, entry.id)
            if chained.sequence != sequence + 1 or not entry.id or here <= position:
                break
            try:
                computed = hashlib.sha256(known + canonical.entry(entry)).digest()
            except canonical.Malformed:
                break
            if computed != chained.hash:
                break
            done, sequence, before, known, position = done + 1, sequence + 1, known, computed, here
            if sequence in roots and not self._agrees(sequence, computed):
                break
        self._sequence, self._hash, self._before, self.position = sequence, known, before, position
        if self.covered >= start:
            self._behind = entries[self.covered - start].entry if self.covered < sequence else None
        return done

    def _agrees(self, sequence: int, computed: bytes) -> bool:
        if all(signed == computed for signed in self._roots[sequence]):
            self.covered = sequence
            return True
        first = self.covered + 1
        how = "and signed again, for a" if computed in self._roots[sequence] else "without the signing key, for the"
        self._found = self._finding(
            Kind.REWRITTEN, first, f"{places(first, sequence)}: the chain was written anew {how} root signed at entry {sequence} "
            "has another hash", until=sequence,
        )  # fmt: skip
        return False

    def _look_beyond(self, entries: Sequence[pb.ChainedAuditEntry]) -> None:
        self._window += entries[: _WINDOW - len(self._window)]
        for chained in entries:
            place = self._places.get(chained.hash)
            if self._shift is None and place is not None and place != chained.sequence:
                self._shift = (place, chained.sequence)

    def finish(self) -> Finding | None:
        """The first thing that is wrong, after the last entry."""
        if self._found is None and self._window:
            self._found = self._diagnosis()
        last = self._last
        if self._found is None and last > self._sequence:
            first = self._sequence + 1
            self._found = self._finding(
                Kind.TRUNCATED, first, f"cut off at the end: {places(first, last)} {_is(first, last)} missing, "
                f"a signed root knows entry {last}", until=last,
            )  # fmt: skip
        return self._found

    def unsigned(self, before: int) -> Finding | None:
        """Entries that no signed root speaks of, if the first of them is older than this moment (microseconds)."""
        if self._behind is None or canonical.micros(self._behind.occurred_at) >= before:
            return None
        first, last = self.covered + 1, self._sequence
        sentence = f"{places(first, last)} {_is(first, last)} under no signed root: nothing shows what was written there at first"
        if self.covered:
            at = self._behind.occurred_at.ToJsonString()
            sentence = (
                f"{places(first, last)} {_is(first, last)} behind the newest root, the first of them of {at}: roots were taken "
                "away, or signing stands still"
            )
        return self._finding(Kind.UNSIGNED, first, sentence, until=last)

    def _finding(self, kind: Kind, sequence: int, sentence: str, **more: Any) -> Finding:
        return Finding(kind, self._service, self._organisation_id, sequence, sentence, **more)

    def _diagnosis(self) -> Finding:
        """Why the chain does not hold at the window's first entry."""
        expected, first = self._sequence + 1, self._window[0]
        if first.sequence > expected:
            last = first.sequence - 1
            sentence = f"{places(expected, last)} {_was(expected, last)} deleted, with the place in the chain"
            return self._finding(Kind.DELETED, expected, sentence, until=last)
        if not first.HasField("entry"):
            sentence = f"entry {expected} (number {first.id}) was deleted, its place in the chain is empty"
            return self._finding(Kind.DELETED, expected, sentence)
        return self._displaced(expected, first) or self._shifted(expected, first) or self._edited(expected, first)

    def _displaced(self, expected: int, first: pb.ChainedAuditEntry) -> Finding | None:
        """Whether another entry belongs here."""
        if _links(self._before, first, first.hash):
            sentence = f"entry {expected - 1} was inserted: entry {expected} follows the one before it"
            return self._finding(Kind.INSERTED, expected - 1, sentence, entry=self.position[1])
        for other in self._window[1:]:
            if not _links(self._hash, other, first.hash) and not _links(self._hash, other, other.hash):
                continue
            if _links(self._hash, other, first.hash) or any(_links(each.hash, first, first.hash) for each in self._window):
                sentence = f"entry {expected} was moved: it now stands at {other.sequence}, and number {first.id} in its place"
                return self._finding(Kind.REORDERED, expected, sentence, entry=first.id, until=other.sequence)
            sentence = f"entry {expected} (number {first.id}) was inserted: entry {other.sequence} belongs in its place"
            return self._finding(Kind.INSERTED, expected, sentence, entry=first.id)
        return None

    def _shifted(self, expected: int, first: pb.ChainedAuditEntry) -> Finding | None:
        """Whether what was signed stands at other places now: somebody has numbered the chain anew."""
        if self._shift is None:
            return None
        signed, now = self._shift
        if signed > now:
            last = expected + signed - now - 1
            sentence = f"{places(expected, last)} {_was(expected, last)} deleted, and those behind numbered anew"
            return self._finding(Kind.DELETED, expected, sentence, until=last)
        last = expected + now - signed - 1
        sentence = f"{places(expected, last)} {_was(expected, last)} inserted, and those behind numbered anew"
        return self._finding(Kind.INSERTED, expected, sentence, entry=first.id, until=last)

    def _edited(self, expected: int, first: pb.ChainedAuditEntry) -> Finding:
        following = self._window[1] if len(self._window) > 1 else None
        computed = _hash(self._hash, first)
        if following is not None and computed is not None and _links(computed, following, following.hash):
            sentence = f"the hash of entry {expected} (number {first.id}) was edited, the entry itself holds"
        else:
            sentence = f"entry {expected} (number {first.id}) was edited"
        return self._finding(Kind.EDITED, expected, sentence, entry=first.id)


def _hash(before: bytes, chained: pb.ChainedAuditEntry) -> bytes | None:
    try:
        return canonical.link(before, canonical.entry(chained.entry)) if chained.HasField("entry") else None
    except canonical.Malformed:
        return None


def _links(before: bytes, chained: pb.ChainedAuditEntry, wanted: bytes) -> bool:
    return bool(before) and _hash(before, chained) == wanted


def _was(first: int, last: int) -> str:
    return "was" if first == last else "were"


def _is(first: int, last: int) -> str:
    return "is" if first == last else "are"


Chains = Mapping[str, Chain]
