"""Plans a run over what is owed: a line per obligation, holds where something stands in the way, and the digest to approve."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from chassis.errors import InvalidFields, Precondition, PreconditionFailed
from chassis.ids import encode, raw

from payouts.app import tenancy
from payouts.app.ports import Calendar, UnitOfWork
from payouts.domain.funding import FundingAccount
from payouts.domain.obligations.model import Blocker
from payouts.domain.runs.drift import MAX_NAMED
from payouts.domain.runs.run import Run, calculated
from payouts.domain.runs.states import RunMode, RunState

BATCH = 2_000  # the event loop is busy with a batch: other calls wait that long


@dataclass(frozen=True, slots=True)
class PlanRun:
    """`obligation_ids` None: every open one in the funding account's currency due on or before `due_by`. One that was credited
    short is taken only by name, and its rest is paid."""

    organisation_id: UUID
    funding_account_id: UUID
    obligation_ids: tuple[UUID, ...] | None
    due_by: date | None
    mode: RunMode
    value_date: date | None
    external_id: str


async def plan_run(uow: UnitOfWork, command: PlanRun, calendar: Calendar) -> Run:
    tenancy.require(uow, command.organisation_id, "organisation", encode("org", command.organisation_id))
    account = await uow.funding.get(command.funding_account_id)
    if account.organisation_id != command.organisation_id:
        raise InvalidFields.one("funding_account_id", "is not an account of this organisation", "NOT_OWNED")
    draft = _draft(uow, command, account, _value_date(uow, command, account, calendar))
    await uow.runs.add(draft)
    attempts = await uow.lines.insert_plan(draft, command.obligation_ids, command.due_by)
    _check_taken(command, attempts)
    found = await uow.lines.insert_blockers(draft.id, uow.now)
    held = {attempt_id: hold.code for attempt_id, hold in found}
    if command.mode is RunMode.ATOMIC and held:
        raise await _refusal(uow, found[:MAX_NAMED])
    for start in range(0, len(attempts), BATCH):
        book = await uow.lines.load(attempts[start : start + BATCH])
        for attempt_id in sorted(book.attempts):
            book.plan(attempt_id)
            if attempt_id in held:
                book.hold(attempt_id, held[attempt_id])
        await uow.lines.save(book)
    digest, lines, total_minor = await uow.lines.digest(draft.id)
    run, events = calculated(replace(draft, digest=digest, line_count=lines, net_total_minor=total_minor))
    await uow.runs.save(run, events)
    return run


def _draft(uow: UnitOfWork, command: PlanRun, account: FundingAccount, value_date: date) -> Run:
    return Run(
        raw(uow.ids.new("run")), command.organisation_id, account.id, account.currency, command.mode, RunState.CALCULATED,
        "", 0, 0, uow.actor, uow.actor, 1, 1, None, value_date, command.external_id, None, 1, uow.now, uow.now,
    )  # fmt: skip


def _value_date(uow: UnitOfWork, command: PlanRun, account: FundingAccount, calendar: Calendar) -> date:
    today = uow.now.date()
    if command.value_date is not None and command.value_date < today:
        raise InvalidFields.one("value_date", "lies in the past", "IN_THE_PAST")
    return calendar.next_business_day(account.currency, command.value_date or today)


def _check_taken(command: PlanRun, attempts: Sequence[UUID]) -> None:
    if command.obligation_ids is not None and len(attempts) != len(command.obligation_ids):
        raise InvalidFields.one(
            "obligation_ids",
            "some are neither open nor credited short, not of this organisation or not in the account's currency",
            "NOT_PLANNABLE",
        )
    if not attempts:
        raise PreconditionFailed.one("NOTHING_TO_PAY", "organisation_id", "nothing open is owed in the account's currency")


async def _refusal(uow: UnitOfWork, held: Sequence[tuple[UUID, Blocker]]) -> PreconditionFailed:
    """An ATOMIC run takes no held line: says which, and why."""
    lines = (await uow.lines.load({attempt_id for attempt_id, _ in held})).attempts
    return PreconditionFailed(
        [Precondition(f"LINE_{h.code}", h.subject, f"{lines[each].end_to_end_id}: {h.message}") for each, h in held]
    )
