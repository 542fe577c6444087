"""Reserves the money of a run's ready lines. What the funding account does not cover is held, in the order of the lines.

Lines move in batches, each in a transaction of its own. An ATOMIC run gets the money of all its lines, or none, with the first
batch; nothing is sent before the last of its lines has followed.
"""

from datetime import timedelta
from uuid import UUID

from chassis.ids import encode

from payouts.app.ports import UnitOfWork
from payouts.domain.obligations.blockers import blocker
from payouts.domain.obligations.model import Blocker
from payouts.domain.obligations.states import AttemptState
from payouts.domain.runs.run import Run
from payouts.domain.runs.states import RunMode

BATCH = 2_000  # the event loop is busy with a batch: other calls wait that long
RESERVATION_LASTS = timedelta(days=7)
_READY = [AttemptState.READY]


async def reserve_lines(uow: UnitOfWork, run_id: UUID) -> bool:
    """Moves a batch; whether there was one. Does nothing while payees are being screened."""
    run = await uow.runs.lock(run_id)
    if await uow.lines.count(run_id, [AttemptState.PLANNED]):
        return False
    ready = await uow.lines.amounts(run_id, _READY, BATCH)
    if not ready:
        return False
    if run.mode is RunMode.ATOMIC:
        await _all_or_none(uow, run, ready)
    else:
        reserved = await _reserve(uow, run, ready, all_or_none=False)
        await _move(uow, run, ready, reserved, blocker("FUNDING_MISSING", encode("funding", run.funding_account_id)))
    return True


async def _all_or_none(uow: UnitOfWork, run: Run, batch: list[tuple[UUID, int]]) -> None:
    culprits = await uow.lines.of_run(run.id, [AttemptState.HELD], 1)
    if culprits:
        await uow.ledger.void([_reference(attempt_id) for attempt_id, _ in batch])
        await _move(uow, run, batch, frozenset(), await _why_all_are_held(uow, run, culprits[0]))
        return
    reserved = await uow.ledger.reserved([_reference(attempt_id) for attempt_id, _ in batch])
    if not reserved:
        reserved = await _reserve(uow, run, await uow.lines.amounts(run.id, _READY, None), all_or_none=True)
    await _move(uow, run, batch, reserved, blocker("FUNDING_MISSING", encode("funding", run.funding_account_id)))


async def _why_all_are_held(uow: UnitOfWork, run: Run, culprit: UUID) -> Blocker:
    """The money that is missing is missing for every line; any other reason is one line's own."""
    named = await uow.obligations.attempt(culprit)
    if any(hold.code == "FUNDING_MISSING" for hold in named.holds):
        return blocker("FUNDING_MISSING", encode("funding", run.funding_account_id))
    return blocker("ATOMIC_RUN", encode("run", run.id), named.end_to_end_id)


async def _reserve(uow: UnitOfWork, run: Run, lines: list[tuple[UUID, int]], *, all_or_none: bool) -> frozenset[str]:
    account = await uow.funding.get(run.funding_account_id)
    amounts = [(_reference(attempt_id), minor) for attempt_id, minor in lines]
    return await uow.ledger.reserve(account.settlement_account_id, amounts, uow.now + RESERVATION_LASTS, all_or_none)


async def _move(uow: UnitOfWork, run: Run, batch: list[tuple[UUID, int]], reserved: frozenset[str], otherwise: Blocker) -> None:
    book = await uow.lines.load([attempt_id for attempt_id, _ in batch])
    holds = []
    for attempt_id, _ in batch:
        if _reference(attempt_id) in reserved:
            book.reserve(attempt_id)
        else:
            book.hold(attempt_id, otherwise.code)
            holds.append((attempt_id, otherwise))
    await uow.lines.add_holds(holds)
    await uow.lines.save(book)


def _reference(attempt_id: UUID) -> str:
    return encode("attempt", attempt_id)
