"""The review queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from chassis import ids
from chassis.db import history
from chassis.db.pool import Connection
from chassis.errors import Conflict, NotFound

from onboarding.adapters.postgres import rows
from onboarding.adapters.postgres.rows import Scope, sql
from onboarding.app.ports import ReviewFilter
from onboarding.domain.review import OPEN_STATES, Review


class PostgresReviews:
    """Implements the Reviews port."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection, self._scope = connection, scope

    async def add(self, reviews: Sequence[Review]) -> None:
        if not reviews:
            return
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
        row = await self._connection.fetchrow(sql.get_review, ids.raw(review_id), self._scope.organisation_id)
        if row is None:
            raise NotFound("review", review_id)
        return rows.review(row)

    async def lock(self, review_id: str) -> Review:
        row = await self._connection.fetchrow(sql.lock_review, ids.raw(review_id))
        if row is None:
            raise NotFound("review", review_id)
        return rows.review(row)

    async def lock_open(self, contractor_ids: Sequence[str]) -> dict[str, Review]:
        found = await self._connection.fetch(sql.lock_open_reviews, [ids.raw(i) for i in contractor_ids])
        return {review.contractor_id: review for review in map(rows.review, found)}

    async def save(self, changes: Sequence[tuple[Review, Review]], reason: str) -> list[Review]:
        if not changes:
            return []
        after = [changed for _, changed in changes]
        status = await self._connection.execute(
            sql.update_reviews, [ids.raw(r.id) for r in after], [before.version for before, _ in changes],
            [r.state.value for r in after], [r.priority for r in after], [",".join(r.risk_reasons) for r in after],
            [r.claimed_by for r in after], [r.first_approved_by for r in after], [r.decided_by for r in after],
            [r.decision_reason for r in after], [r.decided_at for r in after],
        )  # fmt: skip
        if rows.affected(status) != len(changes):
            raise Conflict("the review was changed by somebody else: repeat with the same request_id")
        steps = [
            history.step(new.id, old.version + 1, old.state.value, new.state.value, reason)
            for old, new in changes
            if old.state is not new.state or old.claimed_by != new.claimed_by
        ]
        await history.record(self._connection, steps, self._scope.actor, self._scope.now)
        return [replace(new, version=old.version + 1) for old, new in changes]

    async def page(self, wanted: ReviewFilter, after: UUID | None, fetch: int) -> list[Review]:
        states = [state.value for state in wanted.states or sorted(OPEN_STATES)]
        found = await self._connection.fetch(
            sql.page_reviews, states, wanted.contractor_id, self._scope.organisation_id, after, fetch
        )
        return [rows.review(row) for row in found]
