"""An ATOMIC run of which a line is held goes no further: what no file is made of yet is held too, and its money is given back."""

from uuid import UUID

from chassis.ids import encode

from payouts.app.ports import UnitOfWork
from payouts.app.runs.payment_batch import BATCH
from payouts.domain.obligations.blockers import blocker
from payouts.domain.obligations.model import Blocker
from payouts.domain.obligations.states import AttemptState
from payouts.domain.runs.run import Run


async def hold_the_rest(uow: UnitOfWork, run: Run) -> bool:
    """Holds a batch of a locked run's lines; whether there was one."""
    culprits = await uow.lines.of_run(run.id, [AttemptState.HELD], 1)
    rest = await uow.lines.without_file(run.id, [AttemptState.READY, AttemptState.RESERVED], BATCH) if culprits else []
    if not rest:
        return False
    why = await _why_all_are_held(uow, run, culprits[0])
    book = await uow.lines.load(rest)
    # its money may have expired just now, which holds a line as well
    lines = [attempt_id for attempt_id in rest if book.can(attempt_id, "hold")]
    for attempt_id in lines:
        book.hold(attempt_id, why.code)
    await uow.lines.add_holds([(attempt_id, why) for attempt_id in lines])
    await uow.lines.save(book)
    await uow.ledger.void([encode("attempt", attempt_id) for attempt_id in rest])
    return True


async def _why_all_are_held(uow: UnitOfWork, run: Run, culprit: UUID) -> Blocker:
    """Money that is missing, or was given back, is so for every line; any other reason is one line's own."""
    named = await uow.obligations.attempt(culprit)
    codes = {hold.code for hold in named.holds}
    if "FUNDING_MISSING" in codes:
        return blocker("FUNDING_MISSING", encode("funding", run.funding_account_id))
    if "RESERVATION_EXPIRED" in codes:
        return blocker("RESERVATION_EXPIRED", encode("run", run.id))
    return blocker("ATOMIC_RUN", encode("run", run.id), named.end_to_end_id)
