"""What every repository shares: the connection, the tenant, and how a changed aggregate is published."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis import ids
from chassis.db import history
from chassis.db.database import PLATFORM, acting_for_platform
from chassis.db.pool import Connection
from chassis.db.statements import Statements
from chassis.errors import Conflict, NotFound, PreconditionFailed
from chassis.events import outbox
from chassis.events.topics import TopicRegistry
from chassis.ids import IdFactory
from chassis.rpc.call import Caller
from chassis.vault import Erased, Place, ToSeal, Vault

from contracts.adapters import event_codec
from contracts.domain.events import Events, step_of

sql = Statements("contracts.adapters.postgres")


@dataclass(frozen=True, slots=True)
class Transaction:
    """One transaction of one caller."""

    connection: Connection
    registry: TopicRegistry
    vault: Vault
    ids: IdFactory
    actor: str
    organisation_id: str
    contractor_id: str
    now: datetime

    @property
    def tenant(self) -> UUID | None:
        """The only organisation whose rows exist for this caller; None lets all through."""
        return ids.decode(self.organisation_id, "org", "organisation_id") if self.organisation_id else None

    def consequence(self) -> AbstractAsyncContextManager[None]:
        """Inside, what a contractor's act means for rows of its client is written; a client writes its own in its own name."""
        tenant = Caller(self.actor, contractor_id=self.contractor_id).tenant if self.contractor_id else PLATFORM
        return acting_for_platform(self.connection, tenant)

    def tenant_or(self, organisation_id: str) -> UUID | None:
        """The organisation a list is filtered by; another one than the caller's own is not found."""
        if not organisation_id:
            return self.tenant
        if self.organisation_id not in ("", organisation_id):
            raise NotFound("organisation", organisation_id)
        return ids.raw(organisation_id)

    async def one(self, statement: str, kind: str, identifier: str, prefix: str) -> Any:
        """The row with that id, within the tenant; raises NotFound."""
        row = await self.connection.fetchrow(statement, ids.decode(identifier, prefix), self.tenant)
        if row is None:
            raise NotFound(kind, identifier)
        return row

    async def update(self, statement: str, *values: Any) -> None:
        """An update that names the version it is based on; raises Conflict when that is gone."""
        if await self.connection.execute(statement, *values) != "UPDATE 1":
            raise Conflict("a concurrent change won: repeat with the same request_id")

    async def seal(self, values: Sequence[ToSeal]) -> list[bytes]:
        """Raises PreconditionFailed for a contractor who was erased: nothing new is kept of it."""
        try:
            return await self.vault.seal_many(self.connection, values)
        except Erased:
            contractor = next((ids.encode("contractor", v.subject.id) for v in values if v.subject.kind == "CONTRACTOR"), "")
            raise PreconditionFailed.one("CONTRACTOR_ERASED", contractor, "the contractor's personal data was erased") from None

    async def open(self, values: Sequence[tuple[Place, bytes]]) -> list[bytes | None]:
        """In order; None for what was erased."""
        return await self.vault.open_many(self.connection, values) if values else []

    async def publish(self, aggregate_id: str, version: int, events: Events, reason: str = "") -> None:
        """Steps and events of a stored change. `version` is that after the last event: the events take the numbers up to it."""
        numbered = list(enumerate(events, version - len(events) + 1))
        steps = [
            history.step(aggregate_id, sequence, *taken, reason) for sequence, event in numbered if (taken := step_of(event))
        ]
        await history.record(self.connection, steps, self.actor, self.now)
        rows = [outbox.event(self.registry, aggregate_id, sequence, event_codec.encode(event)) for sequence, event in numbered]
        await outbox.append(self.connection, rows)
