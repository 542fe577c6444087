"""What verifying found, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What was done to a chain, or to its roots."""

    EDITED = "EDITED"
    DELETED = "DELETED"
    INSERTED = "INSERTED"
    REORDERED = "REORDERED"
    TRUNCATED = "TRUNCATED"
    REWRITTEN = "REWRITTEN"
    ROOT_INVALID = "ROOT_INVALID"
    ROOT_MISSING = "ROOT_MISSING"
    SIGNED_TWICE = "SIGNED_TWICE"
    MISSING = "MISSING"
    UNSIGNED = "UNSIGNED"
    NO_KEY = "NO_KEY"


_NAMED = 3  # chains of a list
_NOT_CHECKED = {Kind.UNSIGNED, Kind.NO_KEY}


class Verdict(StrEnum):
    """What can be said of a service's trail. NOT_VERIFIED: nothing is known to be wrong, but nothing signed speaks for it."""

    WHOLE = "WHOLE"
    BROKEN = "BROKEN"
    NOT_VERIFIED = "NOT_VERIFIED"
    EMPTY = "EMPTY"


@dataclass(frozen=True)
class Finding:
    """The first thing wrong with a chain, or with all of a service.

    Attributes:
        organisation_id: whose chain; "" is the platform's, None the whole service.
        sequence: place in the chain; 0 for what has none.
        until: last place concerned; 0 when it is the same.
        entry: number of the entry that stands there; 0 when none does.
        sentence: for people.
    """

    kind: Kind
    service: str
    organisation_id: str | None
    sequence: int
    sentence: str
    entry: int = 0
    until: int = 0

    def __str__(self) -> str:
        chain = "" if self.organisation_id is None else f", {whose(self.organisation_id)}"
        return f"{self.service}{chain}: {self.sentence}"


def whose(organisation_id: str) -> str:
    return f"chain of {organisation_id}" if organisation_id else "chain of the platform"


def places(first: int, last: int) -> str:
    return f"entry {first}" if first == last else f"entries {first} to {last}"


def chains(tenants: Iterable[str]) -> str:
    """Their names; of many only the first."""
    known = [whose(tenant) for tenant in sorted(tenants)]
    return ", ".join(known[:_NAMED]) + (f" and {len(known) - _NAMED} more" if len(known) > _NAMED else "")


@dataclass
class Report:
    """One service.

    Attributes:
        organisation_id: whose chain alone was asked for; "" when all were.
        left_out: tenants of chains that the file or signed roots speak of and that were not asked for.
        covered: entries under a signed root that was checked.
        outside: roots from elsewhere than the service.
        as_of: when the newest root that was checked was signed, ISO 8601; "" when there is none.
    """

    service: str
    chains: int = 0
    entries: int = 0
    covered: int = 0
    roots: int = 0
    outside: int = 0
    unchained: int = 0
    as_of: str = ""
    findings: list[Finding] = field(default_factory=list)
    organisation_id: str = ""
    left_out: list[str] = field(default_factory=list)

    @property
    def verdict(self) -> Verdict:
        kinds = {each.kind for each in self.findings}
        if not (kinds or self.entries or self.unchained or self.roots):
            return Verdict.EMPTY
        if kinds:
            return Verdict.NOT_VERIFIED if kinds <= _NOT_CHECKED else Verdict.BROKEN
        return Verdict.WHOLE

    def as_dict(self) -> dict[str, Any]:
        return {"verdict": self.verdict} | asdict(self)
