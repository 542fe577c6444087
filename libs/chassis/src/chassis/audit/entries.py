"""Entries: rows in the same transaction as what they tell of. Whoever writes them never waits for the chain."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from chassis import ids

_COLUMNS = (
    "organisation_id, occurred_at, actor, roles, method, peer, request_id, kind, subjects, request_digest, before_digest, "
    "after_digest"
)
_TYPES = ("uuid", "timestamptz", "text", "text[]", "text", "text", "uuid", "text", "text[]", "bytea", "bytea", "bytea")
_ROLES, _SUBJECTS = 3, 8  # lists: several rows of them travel as JSON, for Postgres has no arrays of lists
ARGUMENTS = len(_TYPES)


@dataclass(frozen=True, slots=True)
class Entry:
    """What one call did.

    `organisation_id`, a TypeID, is the tenant whose data it was; "" is the platform. `subjects` are the TypeIDs of what was
    changed, or of the people whose data were read; `peer` is where the call came from. Digests are the vault's: of the request,
    and of the state before and after it where there is one.
    """

    occurred_at: datetime
    actor: str
    method: str
    kind: Literal["CHANGE", "READ"]
    request_digest: bytes
    subjects: Sequence[str] = ()
    organisation_id: str = ""
    roles: Collection[str] = ()
    peer: str = ""
    request_id: UUID | None = None
    before_digest: bytes | None = None
    after_digest: bytes | None = None

    def columns(self) -> tuple[Any, ...]:
        """Values in the order of the table's insertion."""
        organisation = ids.raw(self.organisation_id) if self.organisation_id else None
        return (
            organisation, self.occurred_at, self.actor, sorted(self.roles), self.method, self.peer, self.request_id, self.kind,
            list(self.subjects), self.request_digest, self.before_digest, self.after_digest,
        )  # fmt: skip


def insert(entries: Sequence[Entry], first_argument: int = 1) -> tuple[str, Sequence[Any]]:
    """The statement that writes `entries`, at least one, in their order, with its ARGUMENTS arguments from $first_argument on."""
    if len(entries) == 1:
        return _insert_one(first_argument), entries[0].columns()
    columns = [list(column) for column in zip(*(entry.columns() for entry in entries), strict=True)]
    columns[_ROLES] = [{"all": roles} for roles in columns[_ROLES]]
    columns[_SUBJECTS] = [{"all": subjects} for subjects in columns[_SUBJECTS]]
    return _insert_many(first_argument), columns


def _insert_one(first: int) -> str:
    values = ", ".join(f"${first + place}" for place in range(ARGUMENTS))
    return f"INSERT INTO audit_entry ({_COLUMNS}) VALUES ({values})"  # noqa: S608  # constants of ours


def _insert_many(first: int) -> str:
    names = _COLUMNS.split(", ")
    arrays = ", ".join(f"${first + n}::{'jsonb' if t == 'text[]' else t}[]" for n, t in enumerate(_TYPES))
    picked = [
        f"ARRAY(SELECT jsonb_array_elements_text(a.{name} -> 'all'))" if kind == "text[]" else f"a.{name}"
        for name, kind in zip(names, _TYPES, strict=True)
    ]
    return f"""
    INSERT INTO audit_entry ({_COLUMNS}) SELECT {", ".join(picked)}
    FROM unnest({arrays}) WITH ORDINALITY AS a ({_COLUMNS}, place) ORDER BY a.place
    """  # noqa: S608
