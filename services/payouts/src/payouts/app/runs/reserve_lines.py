"""Reserves the money of a run's ready lines. What the funding account does not cover is held, in the order of the lines."""

from datetime import timedelta
from uuid import UUID

from chassis.ids import encode

from payouts.app.ports import UnitOfWork
from payouts.domain.obligations.blockers import blocker
from payouts.domain.obligations.book import LineBook
from payouts.domain.obligations.states import AttemptState
from payouts.domain.runs.run import Run
from payouts.domain.runs.states import RunMode

BATCH = 2_000  # the event loop is busy with a batch: other calls wait that long
ALL = 10_000_000
RESERVATION_LASTS = timedelta(days=7)


async def reserve_lines(uow: UnitOfWork, run_id: UUID) -> bool:
    """Reserves a batch (an ATOMIC run: all or none); whether there was one. Does nothing while payees are being screened."""
    run = await uow.runs.lock(run_id)
    if await uow.lines.count(run_id, [AttemptState.PLANNED]):
        return False
    atomic = run.mode is RunMode.ATOMIC
    ready = await uow.lines.of_run(run_id, [AttemptState.READY], ALL if atomic else BATCH)
    if not ready:
        return False
    book = await uow.lines.load(ready)
    if atomic and (culprits := await uow.lines.of_run(run_id, [AttemptState.HELD], 1)):
        await _hold_all(uow, run, book, culprits[0])
    else:
        await _reserve(uow, run, book, ready, atomic)
    await uow.lines.save(book)
    return True


async def _reserve(uow: UnitOfWork, run: Run, book: LineBook, ready: list[UUID], atomic: bool) -> None:
    account = await uow.funding.get(run.funding_account_id)
    amounts = [(encode("attempt", each), book.attempts[each].net_minor) for each in ready]
    reserved = await uow.ledger.reserve(account.settlement_account_id, amounts, uow.now + RESERVATION_LASTS, atomic)
    holds = []
    for attempt_id in ready:
        if encode("attempt", attempt_id) in reserved:
            book.reserve(attempt_id)
        else:
            book.hold(attempt_id, "FUNDING_MISSING")
            holds.append((attempt_id, blocker("FUNDING_MISSING", encode("funding", account.id))))
    await uow.lines.add_holds(holds)


async def _hold_all(uow: UnitOfWork, run: Run, book: LineBook, culprit: UUID) -> None:
    named = await uow.obligations.attempt(culprit)
    for attempt_id in list(book.attempts):
        book.hold(attempt_id, f"ATOMIC_RUN: {named.end_to_end_id} is held")
    held = blocker("ATOMIC_RUN", encode("run", run.id), named.end_to_end_id)
    await uow.lines.add_holds([(attempt_id, held) for attempt_id in book.attempts])
