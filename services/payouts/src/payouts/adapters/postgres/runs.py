"""Runs with their approvals and screenings."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.audit import trail
from chassis.db.history import Step
from chassis.db.pool import Connection
from chassis.errors import Conflict, NotFound
from chassis.ids import encode

from payouts.adapters.postgres import rows
from payouts.adapters.postgres.publisher import Publisher
from payouts.adapters.postgres.sql import sql
from payouts.domain.funding import funding_state
from payouts.domain.runs.run import Approval, LineSummary, Run, RunEvent, RunMoved, RunView
from payouts.domain.runs.states import FundingState, RunState

BEFORE_EXECUTION = frozenset(
    {RunState.DRAFT, RunState.CALCULATED, RunState.PENDING_APPROVAL, RunState.APPROVED, RunState.APPROVAL_EXPIRED}
)


class PostgresRuns:
    def __init__(self, connection: Connection, publisher: Publisher, now: datetime) -> None:
        self._connection, self._publisher, self._now = connection, publisher, now

    async def add(self, run: Run) -> None:
        await self._connection.execute(
            sql.insert_run, run.id, run.organisation_id, run.funding_account_id, run.currency, run.mode.value, run.state.value,
            run.digest, run.net_total_minor, run.line_count, run.maker, run.last_editor, run.round, run.approvals_required,
            run.approval_expires_at, run.value_date, run.external_id, run.screening_until, run.created_at, run.updated_at,
        )  # fmt: skip

    async def lock(self, run_id: UUID) -> Run:
        run = self._found(await self._connection.fetchrow(sql.lock_run, run_id), run_id)
        trail.seen(encode("run", run.id), run)
        return run

    @staticmethod
    def _found(row: object, run_id: UUID) -> Run:
        if row is None:
            raise NotFound("run", encode("run", run_id))
        return rows.run(row)

    async def save(self, run: Run, events: Sequence[RunEvent]) -> None:
        """The version before is the run's less the number of events."""
        saved = await self._connection.fetchval(
            sql.update_run, run.id, run.version - len(events), run.state.value, run.digest, run.net_total_minor, run.line_count,
            run.last_editor, run.round, run.approvals_required, run.approval_expires_at, run.screening_until, run.version,
            run.updated_at,
        )  # fmt: skip
        if saved is None:
            raise Conflict("a concurrent change won: repeat with the same request_id")
        trail.kept(encode("run", run.id), run)
        moved = [event for event in events if isinstance(event, RunMoved)]
        await self._publisher.record(
            [Step("run", run.id, event.run.version, event.from_state, event.run.state.value, event.reason) for event in moved]
        )
        await self._publisher.publish(events)

    async def approvals(self, run: Run) -> list[Approval]:
        return [Approval(**row) for row in await self._connection.fetch(sql.approvals, run.id, run.round)]

    async def add_approval(self, run: Run, approval: Approval) -> None:
        await self._connection.execute(
            sql.insert_approval, run.id, run.round, approval.approver, approval.digest, approval.approved_at
        )

    async def approvals_required(self, run: Run) -> int:
        found = await self._connection.fetchval(sql.approvals_required, run.organisation_id, run.currency, run.net_total_minor)
        return int(found or 1)

    async def payees(self, run_id: UUID) -> list[UUID]:
        return [row["contractor_id"] for row in await self._connection.fetch(sql.payees_of_run, run_id)]

    async def ask_screening(self, run_id: UUID, contractor_ids: Sequence[UUID]) -> None:
        await self._connection.execute(sql.ask_screening, run_id, list(contractor_ids), self._now)

    async def view(self, run_id: UUID) -> RunView:
        run = self._found(await self._connection.fetchrow(sql.get_run, run_id), run_id)
        summary = tuple(LineSummary(**row) for row in await self._connection.fetch(sql.settlement, run_id))
        return RunView(run, await self._funding(run), tuple(await self.approvals(run)), summary)

    async def state(self, run_id: UUID) -> RunState:
        return self._found(await self._connection.fetchrow(sql.get_run, run_id), run_id).state

    async def _funding(self, run: Run) -> FundingState:
        row = await self._connection.fetchrow(sql.funding_of_run, run.id)
        assert row is not None
        if run.state in BEFORE_EXECUTION:
            return funding_state(row["available_minor"], run.net_total_minor)
        if not row["short"]:
            return FundingState.FUNDED if row["some"] else FundingState.UNFUNDED
        return FundingState.PARTIAL if row["some"] else FundingState.UNFUNDED

    async def expired(self, at: datetime, limit: int) -> list[UUID]:
        return [row["id"] for row in await self._connection.fetch(sql.expired_runs, at, limit)]
