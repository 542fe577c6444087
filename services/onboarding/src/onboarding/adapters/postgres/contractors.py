"""Cases: state, personal data, steps and events, written with the same few statements for one and for a thousand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from chassis import ids
from chassis.audit import trail
from chassis.db import history
from chassis.db.pool import Connection
from chassis.errors import Conflict, NotFound
from chassis.events import outbox
from chassis.events.topics import TopicRegistry

from onboarding.adapters.event_codec import EventCodec
from onboarding.adapters.postgres import rows
from onboarding.adapters.postgres.personal import Document, PersonalData, Text, place
from onboarding.adapters.postgres.rows import Scope, sql
from onboarding.app.ports import ContractorFilter
from onboarding.domain.contractor import Changed, Contractor
from onboarding.domain.events import ContractorErased, ContractorStateChanged, Event
from onboarding.domain.profile import Profile

_PLACES = {name: ("personal_data", name.upper(), "id") for name in ("profile", "request")}
_PLACES_OF_READERS = _PLACES | {"name": ("personal_data", "NAME", "id")}


class PostgresContractors:
    """Implements the Contractors port."""

    def __init__(
        self, connection: Connection, scope: Scope, personal: PersonalData, codec: EventCodec, registry: TopicRegistry
    ) -> None:
        self._connection, self._scope, self._personal, self._codec, self._registry = connection, scope, personal, codec, registry
        self._sealed: dict[str, bytes] = {}  # what stands for the profile in an audit entry: from it nobody guesses

    async def add(self, changed: Changed) -> Contractor:
        contractor, happened = changed
        await self._connection.execute(
            sql.insert_contractor, ids.raw(contractor.id), rows.organisation_key(contractor.organisation_id),
            contractor.external_id, contractor.state, contractor.profile.country, contractor.profile.person_type,
            contractor.capabilities, contractor.requirements, len(happened), contractor.created_at,
        )  # fmt: skip
        await self._publish([(contractor, happened)])
        added = replace(contractor, version=len(happened))
        await self.save_profile(added)
        return added

    async def save_profile(self, contractor: Contractor) -> None:
        key, profile = ids.raw(contractor.id), contractor.profile
        sealed, _ = await self._personal.put(
            [Document(key, key, "PROFILE", profile), Document(key, key, "NAME", profile.legal_name)]
        )
        self._sealed[contractor.id] = sealed
        trail.kept(contractor.id, self._digestible(contractor))

    async def get(self, contractor_id: str) -> Contractor:
        if found := await self.get_many([contractor_id]):
            return found[0]
        raise NotFound("contractor", contractor_id)

    async def get_many(self, contractor_ids: Sequence[str]) -> list[Contractor]:
        found = await self._connection.fetch(sql.get_contractors, [ids.raw(i) for i in contractor_ids])
        return await self._contractors(found, _PLACES_OF_READERS)

    async def lock(self, contractor_id: str) -> Contractor:
        found = await self._connection.fetch(sql.lock_contractors, [ids.raw(contractor_id)])
        if not found:
            raise NotFound("contractor", contractor_id)
        [contractor] = await self._contractors(found)
        self._sealed[contractor.id] = found[0]["profile"] or b""
        trail.seen(contractor.id, self._digestible(contractor))
        return contractor

    async def lock_many(self, keys: Sequence[UUID]) -> list[Contractor]:
        return await self._contractors(await self._connection.fetch(sql.lock_contractors, keys))

    async def lock_submitted(self, limit: int) -> list[Contractor]:
        return await self._contractors(await self._connection.fetch(sql.lock_submitted, limit))

    async def lock_stale(self, lists_key: str, limit: int) -> list[Contractor]:
        return await self._contractors(await self._connection.fetch(sql.lock_stale, lists_key, limit))

    async def page(self, wanted: ContractorFilter, after: UUID | None, fetch: int) -> list[Contractor]:
        found = await self._connection.fetch(
            sql.page_contractors, list(wanted.states), wanted.country, wanted.external_id,
            rows.organisation_key(self._scope.organisation_id), after, fetch,
        )  # fmt: skip
        return await self._contractors(found, _PLACES_OF_READERS)

    async def _contractors(self, found: Sequence[Any], places: dict[str, tuple[str, str, str]] = _PLACES) -> list[Contractor]:
        opened = await self._personal.open(found, places)
        return [rows.contractor(row, values) for row, values in zip(found, opened, strict=True)]

    async def save(self, changes: Sequence[Changed]) -> list[Contractor]:
        """Raises Conflict when one of them was changed by somebody else meanwhile."""
        if not changes:
            return []
        status = await self._connection.execute(sql.update_contractors, *self._columns(changes), self._scope.now)
        if rows.affected(status) != len(changes):
            raise Conflict("the contractor was changed by somebody else: repeat with the same request_id")
        await self._personal.put(
            [
                Document(ids.raw(c.id), ids.raw(c.id), "REQUEST", words)
                for c, _ in changes
                if (words := rows.words(c.requirements))
            ]
        )
        await self._publish(changes)
        saved = [replace(c, version=c.version + len(events), updated_at=self._scope.now) for c, events in changes]
        if len(saved) == 1:
            trail.kept(saved[0].id, self._digestible(saved[0]))
        return saved

    async def remarks(self, contractor_id: str) -> dict[int, str]:
        key = ids.raw(contractor_id)
        found = [
            {"version": row["version"], "content": row["content"], "row": f"{key}/{row['version']}"}
            for row in await self._connection.fetch(sql.find_remarks, key)
        ]
        opened = await self._personal.open(found, {"content": ("remark", "content", "row")})
        return {
            row["version"]: text.decode() for row, values in zip(found, opened, strict=True) if (text := values.get("content"))
        }

    def _digestible(self, contractor: Contractor) -> tuple[Any, ...]:
        """The case for the digest of an audit entry: the sealed profile stands for the profile."""
        bare = replace(
            contractor, profile=Profile("", contractor.profile.person_type, contractor.profile.country),
            requirements=rows.without_words(contractor.requirements),
        )  # fmt: skip
        return bare, self._sealed.get(contractor.id, b"")

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
            [rows.without_words(c.requirements) for c in cases],
            [c.required_by for c in cases],
        )

    async def _publish(self, changes: Sequence[Changed]) -> None:
        """Steps and events; called after the versions were raised. `version` in `changes` is still the one before."""
        steps: list[history.Step] = []
        said: list[Text] = []
        messages = []
        for contractor, happened in changes:
            for sequence, event in enumerate(happened, contractor.version + 1):
                message = self._codec.encode(contractor.id, event)
                messages.append(outbox.event(self._registry, contractor.id, sequence, message))
                steps += _step(contractor, sequence, event)
                if isinstance(event, ContractorStateChanged) and event.reason:
                    said.append(remark_of(contractor.id, contractor.id, sequence, event.reason))
        await history.record(self._connection, steps, self._scope.actor, self._scope.now)
        await keep_remarks(self._connection, self._personal, said)
        await outbox.append(self._connection, messages)


def _step(contractor: Contractor, sequence: int, event: Event) -> list[history.Step]:
    if isinstance(event, ContractorErased):
        return [history.step(contractor.id, sequence, contractor.state, contractor.state, "ERASED")]
    if not isinstance(event, ContractorStateChanged):
        return []
    before = event.from_state.value if event.from_state else ""
    return [history.step(contractor.id, sequence, before, event.to_state.value, event.reason_code)]


def remark_of(contractor_id: str, aggregate_id: str, version: int, text: str) -> Text:
    """What somebody said at a step of the contractor, of a review or of a payout method."""
    return Text(ids.raw(contractor_id), place("remark", "content", f"{ids.raw(aggregate_id)}/{version}"), text)


async def keep_remarks(connection: Connection, personal: PersonalData, said: Sequence[Text]) -> None:
    if not (said := [text for text in said if text.text]):
        return
    sealed = await personal.seal_texts(said)
    keys = [text.place.row.split("/") for text in said]
    await connection.execute(
        sql.insert_remarks, [t.contractor for t in said], [UUID(key) for key, _ in keys], [int(v) for _, v in keys], sealed
    )
