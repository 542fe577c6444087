"""What verifying found, in words."""

from __future__ import annotations

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


@dataclass(frozen=True)
class Finding:
    """The first thing wrong with a chain.

    Attributes:
        organisation_id: whose chain; "" is the platform's.
        sequence: place in the chain; 0 for what has none.
        until: last place concerned; 0 when it is the same.
        entry: number of the entry that stands there; 0 when none does.
        sentence: for people.
    """

    kind: Kind
    service: str
    organisation_id: str
    sequence: int
    sentence: str
    entry: int = 0
    until: int = 0

    def __str__(self) -> str:
        return f"{self.service}, {whose(self.organisation_id)}: {self.sentence}"


def whose(organisation_id: str) -> str:
    return f"chain of {organisation_id}" if organisation_id else "chain of the platform"


def places(first: int, last: int) -> str:
    return f"entry {first}" if first == last else f"entries {first} to {last}"


@dataclass
class Report:
    """One service. `covered`: entries under a signed root that was checked; `outside`: roots from elsewhere than the service."""

    service: str
    chains: int = 0
    entries: int = 0
    covered: int = 0
    roots: int = 0
    outside: int = 0
    unchained: int = 0
    findings: list[Finding] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
