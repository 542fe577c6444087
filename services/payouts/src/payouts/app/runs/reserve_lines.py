"""Reserves the money of a run's ready lines. What the funding account does not cover is held, in the order of the lines.

Lines move in batches, each in a transaction of its own. An ATOMIC run gets the money of all its lines, or none, with the first
batch; nothing is sent before the last of its lines has followed, or after one of them was held.
"""

from datetime import timedelta
from uuid import UUID

from chassis.ids import encode

from payouts.app.ports import UnitOfWork
from payouts.app.runs.hold_the_rest import hold_the_rest
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
    if run.mode is RunMode.ATOMIC and await hold_the_rest(uow, run):
        return True
    ready = await uow.lines.amounts(run_id, _READY, BATCH)
    if not ready:
        return False
    reserved = await (_all_or_none if run.mode is RunMode.ATOMIC else _what_fits)(uow, run, ready)
    await _move(uow, ready, reserved, blocker("FUNDING_MISSING", encode("funding", run.funding_account_id)))
    return True


async def _what_fits(uow: UnitOfWork, run: Run, batch: list[tuple[UUID, int]]) -> frozenset[str]:
    return await _reserve(uow, run, batch, all_or_none=False)


async def _all_or_none(uow: UnitOfWork, run: Run, batch: list[tuple[UUID, int]]) -> frozenset[str]:
    reserved = await uow.ledger.reserved([_reference(attempt_id) for attempt_id, _ in batch])
    return reserved or await _reserve(uow, run, await uow.lines.amounts(run.id, _READY, None), all_or_none=True)


async def _reserve(uow: UnitOfWork, run: Run, lines: list[tuple[UUID, int]], *, all_or_none: bool) -> frozenset[str]:
    account = await uow.funding.get(run.funding_account_id)
    amounts = [(_reference(attempt_id), minor) for attempt_id, minor in lines]
    return await uow.ledger.reserve(account.settlement_account_id, amounts, uow.now + RESERVATION_LASTS, all_or_none)


async def _move(uow: UnitOfWork, batch: list[tuple[UUID, int]], reserved: frozenset[str], otherwise: Blocker) -> None:
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
