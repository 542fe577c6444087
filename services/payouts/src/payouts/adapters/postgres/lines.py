"""Attempts with their obligations, many at a time: the number of statements does not depend on the number of lines."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from chassis.audit import trail
from chassis.db import history
from chassis.db.pool import Connection
from chassis.errors import Conflict, NotFound
from chassis.ids import encode

from payouts.adapters.postgres import rows
from payouts.adapters.postgres.publisher import Publisher
from payouts.adapters.postgres.sealing import Sealing
from payouts.adapters.postgres.sql import sql
from payouts.app.ports import SealedLine
from payouts.domain.obligations.blockers import blocker
from payouts.domain.obligations.book import AttemptMoved, LineBook, Step
from payouts.domain.obligations.model import Attempt, Blocker
from payouts.domain.runs.drift import Drift
from payouts.domain.runs.run import Run


class PostgresLines:
    def __init__(self, connection: Connection, publisher: Publisher, sealing: Sealing, now: datetime) -> None:
        self._connection, self._publisher, self._sealing, self._now = connection, publisher, sealing, now

    async def insert_plan(self, run: Run, obligation_ids: Sequence[UUID] | None, due_by: date | None) -> list[UUID]:
        locked = await self._connection.fetch(
            sql.lock_plannable,
            run.organisation_id,
            run.currency,
            None if obligation_ids is None else list(obligation_ids),
            due_by,
        )
        obligations = [row["id"] for row in locked]
        if obligation_ids is not None:
            await self._connection.execute(sql.mark_topped_up, obligations)
        inserted = await self._connection.fetch(
            sql.insert_lines, obligations, run.id, run.funding_account_id, run.value_date, self._now
        )
        return [row["id"] for row in inserted]

    async def insert_blockers(self, run_id: UUID, at: datetime) -> list[tuple[UUID, Blocker]]:
        rows_found = await self._connection.fetch(sql.blockers_of_run, run_id, at)
        found = [(row["attempt_id"], blocker_of(row)) for row in rows_found]
        await self.add_holds(found)
        return found

    async def obstacles(self, attempt_ids: Sequence[UUID], at: datetime) -> list[tuple[UUID, Blocker]]:
        wanted = list(attempt_ids)
        await self._connection.fetch(sql.lock_payees_of, wanted)
        await self._connection.fetch(sql.lock_methods_of, wanted)
        return [(row["attempt_id"], blocker_of(row)) for row in await self._connection.fetch(sql.obstacles, wanted, at)]

    async def add_holds(self, holds: Sequence[tuple[UUID, Blocker]]) -> None:
        if holds:
            each = [hold for _, hold in holds]
            await self._connection.execute(
                sql.insert_holds, [attempt_id for attempt_id, _ in holds], [h.code for h in each], [h.message for h in each],
                [h.who_acts for h in each], [h.remedy for h in each], [h.due_at for h in each], [h.subject for h in each],
            )  # fmt: skip

    async def digest(self, run_id: UUID) -> tuple[str, int, int]:
        row = await self._connection.fetchrow(sql.digest, run_id)
        assert row is not None
        return row["digest"], row["lines"], row["net"]

    async def drift(self, run_id: UUID, at: datetime, limit: int) -> list[Drift]:
        return [Drift(**row) for row in await self._connection.fetch(sql.drift, run_id, at, limit)]

    async def load(self, attempt_ids: Collection[UUID]) -> LineBook:
        wanted = list(attempt_ids)
        obligations = await self._connection.fetch(sql.lock_obligations_of, wanted)
        attempts = await self._connection.fetch(sql.lock_attempts, wanted)
        if len(attempts) != len(wanted):
            raise NotFound("attempt", encode("attempt", wanted[0]))
        found = await self._sealing.attempts(attempts)
        if len(found) == 1:  # a person acts on one; thousands stand in their run's digest
            trail.seen(encode("attempt", found[0].id), found[0])
        return LineBook(found, map(rows.obligation, obligations))

    async def load_for_message(self, end_to_end_ids: Collection[str], file_message_id: str, bank: str) -> LineBook:
        found = await self._connection.fetch(sql.attempts_for_message, list(end_to_end_ids), file_message_id, bank)
        return await self.load([row["id"] for row in found])

    async def save(self, book: LineBook) -> None:
        if not book.changed:
            return
        if len(book.attempts) == 1:
            [attempt] = book.attempts.values()
            trail.kept(encode("attempt", attempt.id), attempt)
        if rewritten := book.rewritten():
            await self._update(rewritten)
        if not book.steps:  # no event names them
            trail.touched(encode("attempt", attempt.id) for attempt in rewritten)
        await self._update_obligations(book)
        await self._publisher.record([_step(step) for step in book.steps])
        await self._publisher.publish(book.steps)

    async def _update(self, changed: Sequence[Attempt]) -> None:
        texts = await self._sealing.failures(changed)
        await self._connection.execute(
            sql.update_attempts, [a.id for a in changed], [a.state.value for a in changed], [a.credited_minor for a in changed],
            [a.returned_minor for a in changed], [a.bank_message_id for a in changed], [a.answered for a in changed],
            [a.booking_entry_key for a in changed], [a.return_entry_key for a in changed],
            [a.return_message_key for a in changed],
            [a.failure_code for a in changed], [a.bank_code for a in changed], texts, self._now,
        )  # fmt: skip

    async def _update_obligations(self, book: LineBook) -> None:
        moved = [each for each in book.obligations.values() if each.version != book.versions_before[each.id]]
        done = await self._connection.execute(
            sql.update_obligations, [o.id for o in moved], [book.versions_before[o.id] for o in moved],
            [o.state.value for o in moved], [o.credited_minor for o in moved], [o.attempts for o in moved],
            [o.version for o in moved], self._now,
        )  # fmt: skip
        _all_of(done, len(moved))

    async def of_run(self, run_id: UUID, states: Collection[str], limit: int) -> list[UUID]:
        return [row["id"] for row in await self._connection.fetch(sql.lines_of_run, run_id, list(states), limit)]

    async def without_file(self, run_id: UUID, states: Collection[str], limit: int) -> list[UUID]:
        return [row["id"] for row in await self._connection.fetch(sql.lines_without_file, run_id, list(states), limit)]

    async def amounts(self, run_id: UUID, states: Collection[str], limit: int | None) -> list[tuple[UUID, int]]:
        found = await self._connection.fetch(sql.amounts_of_run, run_id, list(states), limit)
        return [(row["id"], row["net_minor"]) for row in found]

    async def amounts_of_file(self, bank_message_id: UUID) -> list[tuple[UUID, int]]:
        found = await self._connection.fetch(sql.amounts_of_file, bank_message_id)
        return [(row["id"], row["net_minor"]) for row in found]

    async def assign(self, bank_message_id: UUID, attempt_ids: Sequence[UUID]) -> None:
        done = await self._connection.execute(sql.assign_lines, bank_message_id, list(attempt_ids))
        _all_of(done, len(attempt_ids))

    async def committed(self) -> list[UUID]:
        return [row["id"] for row in await self._connection.fetch(sql.committed_lines)]

    async def of_file(self, bank_message_id: UUID, states: Collection[str]) -> list[UUID]:
        return [row["id"] for row in await self._connection.fetch(sql.lines_of_file, bank_message_id, list(states))]

    async def count(self, run_id: UUID, states: Collection[str]) -> int:
        found: int = await self._connection.fetchval(sql.count_lines, run_id, list(states))
        return found

    async def screened(self, run_id: UUID, at: datetime, limit: int) -> list[tuple[UUID, str, str]]:
        found = await self._connection.fetch(sql.screened_lines, run_id, at, limit)
        return [(row["id"], row["code"], row["detail"]) for row in found]

    async def sealed(self, run_id: UUID, limit: int) -> list[SealedLine]:
        return [SealedLine(**row) for row in await self._connection.fetch(sql.sealed_lines, run_id, limit)]

    async def silent(self, before: datetime, overdue: date, asked_before: datetime, limit: int) -> list[UUID]:
        found = await self._connection.fetch(sql.silent_lines, before, limit, overdue, asked_before)
        return [row["id"] for row in found]

    async def to_inquire(self, before: datetime, limit: int) -> list[tuple[UUID, str]]:
        found = await self._connection.fetch(sql.lines_to_inquire, before, limit)
        return [(row["id"], row["end_to_end_id"]) for row in found]

    async def inquired(self, attempt_id: UUID, at: datetime | None) -> None:
        await self._connection.execute(sql.inquired, attempt_id, at)


def _all_of(done: str, wanted: int) -> None:
    """Raises Conflict unless a statement that ended in `done` met every row that was wanted."""
    if int(done.rpartition(" ")[2]) != wanted:
        raise Conflict("a concurrent change won: repeat with the same request_id")


def blocker_of(row: Any) -> Blocker:
    """A row of payout_blockers."""
    return blocker(row["code"], encode(row["subject_kind"], row["subject_id"]), row["detail"], row["due_at"])


def _step(step: Step) -> history.Step:
    if isinstance(step, AttemptMoved):
        attempt = step.attempt
        return history.Step("attempt", attempt.id, step.version, step.from_state, attempt.state.value, step.reason)
    obligation = step.obligation
    return history.Step("obligation", obligation.id, obligation.version, step.from_state, obligation.state.value, step.reason)
