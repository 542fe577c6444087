"""Transactions of the service's own parts: what nobody called for is in the audit trail as well."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

from chassis.audit import entries, trail
from chassis.audit.entries import Entry
from chassis.audit.trail import Digest, Trail
from chassis.db.database import PLATFORM, Database
from chassis.db.pool import Connection

T = TypeVar("T")


class Working:
    """They act for the platform. What one of them changes or announces is an entry, written in the same transaction; so is every
    event that a handler had."""

    def __init__(self, database: Database, digest: Digest) -> None:
        """`digest`: the vault's."""
        self.database, self._digest = database, digest

    async def run(self, part: str, work: Callable[[Connection], Awaitable[T]]) -> T:
        """`work` in one transaction, with an entry of the actor "system:<part>" when it touched anything."""

        async def transaction(connection: Connection) -> T:
            with trail.followed(self._digest) as followed:
                result = await work(connection)
            if subjects := followed.subjects():
                statement, arguments = entries.insert([_entry(part, subjects, followed, self._digest)])
                await connection.execute(statement, *arguments)
            return result

        return await self.database.run(transaction, tenant=PLATFORM)

    async def note(self, part: str, subject: str) -> None:
        """An entry by itself, for work on `subject` that changes nothing the trail could see; it comes before that work."""
        statement, arguments = entries.insert([_entry(part, [subject], Trail(self._digest), self._digest)])
        await self.database.run(lambda connection: connection.execute(statement, *arguments), tenant=PLATFORM)


def _entry(part: str, subjects: list[str], followed: Trail, digest: Digest) -> Entry:
    """An organisation's when it concerns one alone, as a run does."""
    return Entry(
        occurred_at=datetime.now(UTC), actor=f"system:{part}", method=f"work/{part}", kind="CHANGE",
        request_digest=digest(part.encode()), subjects=subjects, organisation_id=followed.organisation(),
        before_digest=followed.combined_before(), after_digest=followed.combined_after(),
    )  # fmt: skip
