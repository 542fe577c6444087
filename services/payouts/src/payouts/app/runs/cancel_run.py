"""Cancels a run that has not begun: its lines are cancelled, their obligations open again."""

from uuid import UUID

from chassis.ids import encode

from payouts.app import tenancy
from payouts.app.ports import UnitOfWork
from payouts.app.runs.plan_run import BATCH
from payouts.domain.obligations.states import AttemptState
from payouts.domain.runs import run as domain
from payouts.domain.runs.run import Run


async def cancel_run(uow: UnitOfWork, run_id: UUID, reason: str) -> Run:
    run = await uow.runs.lock(run_id)
    tenancy.require(uow, run.organisation_id, "run", encode("run", run_id))
    cancelled, events = domain.finish(run, "cancel", reason, uow.now)
    while await cancel_lines(uow, run_id, (AttemptState.PLANNED, AttemptState.HELD), "run cancelled"):
        pass
    await uow.runs.save(cancelled, events)
    return cancelled


async def cancel_lines(uow: UnitOfWork, run_id: UUID, states: tuple[AttemptState, ...], reason: str) -> bool:
    """Cancels a batch of a run's lines in these states; whether there was one."""
    attempts = await uow.lines.of_run(run_id, states, BATCH)
    if not attempts:
        return False
    book = await uow.lines.load(attempts)
    for attempt_id in attempts:
        book.cancel(attempt_id, reason)
    await uow.lines.save(book)
    return True
