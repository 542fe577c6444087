"""Cases: state, personal data, steps and events, written with the same few statements for one and for a thousand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from chassis import ids
from chassis.db import history
from chassis.db.pool import Connection
from chassis.errors import Conflict, NotFound
from chassis.events import outbox
from chassis.events.topics import TopicRegistry

from onboarding.adapters.event_codec import EventCodec
from onboarding.adapters.postgres import rows
from onboarding.adapters.postgres.rows import Scope, sql
from onboarding.app.ports import ContractorFilter
from onboarding.domain.contractor import Changed, Contractor
from onboarding.domain.events import ContractorStateChanged, Event


class PostgresContractors:
    """Implements the Contractors port."""

    def __init__(self, connection: Connection, scope: Scope, codec: EventCodec, registry: TopicRegistry) -> None:
        self._connection, self._scope, self._codec, self._registry = connection, scope, codec, registry

    async def add(self, changed: Changed) -> Contractor:
        contractor, happened = changed
        await self._connection.execute(
            sql.insert_contractor, ids.raw(contractor.id), contractor.organisation_id, contractor.external_id, contractor.state,
            contractor.profile.country, contractor.profile.person_type, contractor.capabilities, contractor.requirements,
            len(happened), contractor.created_at,
        )  # fmt: skip
        await self.save_profile(contractor)
        await self._publish([(contractor, happened)])
        return replace(contractor, version=len(happened))

    async def save_profile(self, contractor: Contractor) -> None:
        key = [ids.raw(contractor.id)]
        await self._connection.execute(sql.put_personal, key, key, "PROFILE", [contractor.profile])

    async def get(self, contractor_id: str) -> Contractor:
        row = await self._connection.fetchrow(sql.get_contractor, ids.raw(contractor_id), self._scope.organisation_id)
        if row is None:
            raise NotFound("contractor", contractor_id)
        return rows.contractor(row)

    async def lock(self, contractor_id: str) -> Contractor:
        found = await self.lock_many([ids.raw(contractor_id)])
        if not found:
            raise NotFound("contractor", contractor_id)
        return found[0]

    async def lock_many(self, keys: Sequence[UUID]) -> list[Contractor]:
        return [rows.contractor(r) for r in await self._connection.fetch(sql.lock_contractors, keys, self._scope.organisation_id)]

    async def lock_submitted(self, limit: int) -> list[Contractor]:
        return [rows.contractor(row) for row in await self._connection.fetch(sql.lock_submitted, limit)]

    async def lock_stale(self, lists_key: str, limit: int) -> list[Contractor]:
        return [rows.contractor(row) for row in await self._connection.fetch(sql.lock_stale, lists_key, limit)]

    async def page(self, wanted: ContractorFilter, after: UUID | None, fetch: int) -> list[Contractor]:
        found = await self._connection.fetch(
            sql.page_contractors, self._scope.organisation_id, list(wanted.states), wanted.country, wanted.external_id, after,
            fetch,
        )  # fmt: skip
        return [rows.contractor(row) for row in found]

    async def save(self, changes: Sequence[Changed]) -> list[Contractor]:
        """Raises Conflict when one of them was changed by somebody else meanwhile."""
        if not changes:
            return []
        status = await self._connection.execute(sql.update_contractors, *self._columns(changes), self._scope.now)
        if rows.affected(status) != len(changes):
            raise Conflict("the contractor was changed by somebody else: repeat with the same request_id")
        await self._publish(changes)
        return [replace(c, version=c.version + len(events), updated_at=self._scope.now) for c, events in changes]

    @staticmethod
    def _columns(changes: Sequence[Changed]) -> tuple[list[Any], ...]:
        cases = [contractor for contractor, _ in changes]
        return (
            [ids.raw(c.id) for c in cases],
            [c.version for c in cases],
            [c.version + len(happened) for c, happened in changes],
            [c.state.value for c in cases],
            [c.suspended_from.value if c.suspended_from else None for c in cases],
            [c.profile.country for c in cases],
            [c.profile.person_type.value for c in cases],
            [c.capabilities for c in cases],
            [c.requirements for c in cases],
            [c.required_by for c in cases],
        )

    async def _publish(self, changes: Sequence[Changed]) -> None:
        """Steps and events; called after the versions were raised. `version` in `changes` is still the one before."""
        steps: list[history.Step] = []
        messages = []
        for contractor, happened in changes:
            for sequence, event in enumerate(happened, contractor.version + 1):
                message = self._codec.encode(contractor.id, event)
                messages.append(outbox.event(self._registry, contractor.id, sequence, message))
                steps += _step(contractor.id, sequence, event)
        await history.record(self._connection, steps, self._scope.actor, self._scope.now)
        await outbox.append(self._connection, messages)


def _step(contractor_id: str, sequence: int, event: Event) -> list[history.Step]:
    if not isinstance(event, ContractorStateChanged):
        return []
    before = event.from_state.value if event.from_state else ""
    return [history.step(contractor_id, sequence, before, event.to_state.value, event.reason or event.reason_code)]
