"""What the use cases about a person's own data need from storage: finding, holding, erasing and giving out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from onboarding.domain.contractor import Contractor
from onboarding.domain.erasure import ErasureProof, LegalHold, Removed
from onboarding.domain.marks import Mark, Marked, MarkKind


class Marks(Protocol):
    """Keyed hashes of values, by which contractors are found and duplicates known. owner_id: the contractor or its method."""

    async def add(self, contractor_id: str, owner_id: str, marks: Sequence[Mark]) -> None:
        """Waits for every open transaction that adds one of the same, so that `shared` then sees it. Lock the case first."""
        ...

    async def replace(self, contractor_id: str, owner_id: str, marks: Sequence[Mark]) -> None:
        """As `add`, in place of what the owner had."""
        ...

    async def rewrite(self, owners: Sequence[Marked]) -> None:
        """The same values hashed anew, for any number of owners: waits for nobody."""
        ...

    async def shared(self, contractor_ids: Sequence[str], owner_id: str = "") -> dict[str, set[MarkKind]]:
        """Which of their numbers and accounts, or of that owner's alone, another open case has too, by contractor."""
        ...

    async def outdated(self, after: str, limit: int) -> list[str]:
        """Contractors behind `after`, by id, of whom something has no hash by the current key."""
        ...

    async def drop_outdated(self, limit: int) -> int:
        """Deletes hashes by older keys, of what has one by the current key; returns how many."""
        ...

    async def find(self, marks: Sequence[Mark], limit: int) -> list[str]:
        """Ids of contractors that have any of these, all of one kind; newest first. Raises InvalidFields when nothing is left of
        the value."""
        ...


class Engagements(Protocol):
    async def add(self, organisation_id: str, contractor_id: str) -> None: ...


class LegalHolds(Protocol):
    async def add(self, hold: LegalHold) -> None: ...
    async def lock(self, hold_id: str) -> LegalHold: ...
    async def save(self, hold: LegalHold) -> None: ...
    async def of(self, contractor_id: str) -> list[LegalHold]:
        """Those that were not released."""
        ...

    async def page(
        self, contractor_id: str | None, holding_at: datetime | None, after: UUID | None, limit: int
    ) -> list[LegalHold]:
        """Newest first. holding_at: only those that hold at that moment."""
        ...


class Erasures(Protocol):
    async def over_since(self, contractor_id: str) -> datetime | None:
        """When the case was last rejected or closed."""
        ...

    async def remove(self, contractor_ids: Sequence[str]) -> Removed:
        """Destroys their keys for good and deletes or empties what is theirs; what was done before is passed over."""
        ...

    async def keep(self, proofs: Sequence[ErasureProof], filed: bool = False) -> None:
        """Those that are not there yet. filed: they are also outside of the database."""
        ...

    async def proof(self, contractor_id: str) -> ErasureProof:
        """For the organisation that registered the contractor without who, why and what: only that it was done, and when."""
        ...

    async def proven(self, after: UUID | None, limit: int) -> list[tuple[UUID, datetime]]:
        """Contractors with a proof, behind `after`, by id, and when each was erased."""
        ...

    async def tell(self, erased: Sequence[tuple[UUID, datetime]]) -> None:
        """Puts them into the register that other services read."""
        ...

    async def unsigned(self, limit: int) -> list[ErasureProof]: ...
    async def note_signatures(self, signed: Mapping[str, str]) -> None: ...
    async def unfiled(self, limit: int) -> list[ErasureProof]: ...
    async def note_filed(self, contractor_ids: Sequence[str]) -> None: ...
    async def sweep_keys(self) -> int: ...
    async def returned(self, contractor_ids: Sequence[str]) -> list[str]:
        """Of these and of all in the register: those of whom something is there again."""
        ...

    async def close(self, contractor_ids: Sequence[str]) -> None:
        """Ends their cases and reviews where a restore has opened them again; no event."""
        ...


Export = Mapping[str, Any]  # content by name of a file


class Exports(Protocol):
    async def collect(self, contractor: Contractor) -> Export: ...
