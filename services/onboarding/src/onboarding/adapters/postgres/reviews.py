"""The review queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from chassis import ids
from chassis.audit import trail
from chassis.db import history
from chassis.db.database import acting_for_platform
from chassis.db.pool import Connection
from chassis.errors import Conflict, NotFound

from onboarding.adapters.postgres import rows
from onboarding.adapters.postgres.contractors import keep_remarks, remark_of
from onboarding.adapters.postgres.personal import PersonalData, Text, place
from onboarding.adapters.postgres.rows import Scope, sql
from onboarding.app.ports import ReviewFilter
from onboarding.domain.review import OPEN_STATES, Review


class PostgresReviews:
    """Implements the Reviews port."""

    def __init__(self, connection: Connection, scope: Scope, personal: PersonalData) -> None:
        self._connection, self._scope, self._personal = connection, scope, personal

    async def add(self, reviews: Sequence[Review]) -> None:
        if not reviews:
            return
        async with acting_for_platform(self._connection, self._scope.tenant):
            await self._connection.execute(
                sql.insert_reviews, [ids.raw(r.id) for r in reviews], [ids.raw(r.contractor_id) for r in reviews],
                [r.kind.value for r in reviews], [r.state.value for r in reviews], [r.priority for r in reviews],
                [",".join(r.risk_reasons) for r in reviews], [r.due_at for r in reviews], self._scope.now,
            )  # fmt: skip
            steps = [history.step(r.id, 1, "", r.state.value, ",".join(r.risk_reasons) or "SUBMITTED") for r in reviews]
            await history.record(self._connection, steps, self._scope.actor, self._scope.now)

    async def owner_of(self, review_id: str) -> str:
        owner = await self._connection.fetchval(sql.review_owner, ids.raw(review_id))
        if owner is None:
            raise NotFound("review", review_id)
        return ids.encode("contractor", owner)

    async def get(self, review_id: str) -> Review:
        return await self._one(sql.get_review, review_id)

    async def lock(self, review_id: str) -> Review:
        review = await self._one(sql.lock_review, review_id)
        trail.seen(review.id, replace(review, decision_reason=""))
        return review

    async def _one(self, query: str, review_id: str) -> Review:
        row = await self._connection.fetchrow(query, ids.raw(review_id))
        if row is None:
            raise NotFound("review", review_id)
        return (await self._reviews([row]))[0]

    async def lock_open(self, contractor_ids: Sequence[str]) -> dict[str, Review]:
        async with acting_for_platform(self._connection, self._scope.tenant):
            found = await self._connection.fetch(sql.lock_open_reviews, [ids.raw(i) for i in contractor_ids])
        return {review.contractor_id: review for review in await self._reviews(found)}

    async def save(self, changes: Sequence[tuple[Review, Review]], reason_code: str, remark: str = "") -> list[Review]:
        if not changes:
            return []
        await self._update(changes)
        moved = [(old, new) for old, new in changes if old.state is not new.state or old.claimed_by != new.claimed_by]
        steps = [history.step(new.id, old.version + 1, old.state.value, new.state.value, reason_code) for old, new in moved]
        async with acting_for_platform(self._connection, self._scope.tenant):
            await history.record(self._connection, steps, self._scope.actor, self._scope.now)
        said = [remark_of(new.contractor_id, new.id, old.version + 1, remark) for old, new in moved]
        await keep_remarks(self._connection, self._personal, said)
        saved = [replace(new, version=old.version + 1) for old, new in changes]
        if len(saved) == 1:
            trail.kept(saved[0].id, replace(saved[0], decision_reason=""))
        return saved

    async def _update(self, changes: Sequence[tuple[Review, Review]]) -> None:
        after = [changed for _, changed in changes]
        reasons = await self._personal.seal_texts(
            [Text(ids.raw(r.contractor_id), place("review", "decision_reason", ids.raw(r.id)), r.decision_reason) for r in after]
        )
        async with acting_for_platform(self._connection, self._scope.tenant):
            status = await self._connection.execute(
                sql.update_reviews, [ids.raw(r.id) for r in after], [before.version for before, _ in changes],
                [r.state.value for r in after], [r.priority for r in after], [",".join(r.risk_reasons) for r in after],
                [r.claimed_by for r in after], [r.first_approved_by for r in after], [r.decided_by for r in after],
                reasons, [r.decided_at for r in after],
            )  # fmt: skip
            if rows.affected(status) != len(changes):
                raise Conflict("the review was changed by somebody else: repeat with the same request_id")

    async def page(self, wanted: ReviewFilter, after: UUID | None, fetch: int) -> list[Review]:
        states = [state.value for state in wanted.states or sorted(OPEN_STATES)]
        return await self._reviews(await self._connection.fetch(sql.page_reviews, states, wanted.contractor_id, after, fetch))

    async def _reviews(self, found: Sequence[Any]) -> list[Review]:
        opened = await self._personal.open(found, {"decision_reason": ("review", "decision_reason", "id")})
        return [rows.review(row, values) for row, values in zip(found, opened, strict=True)]
