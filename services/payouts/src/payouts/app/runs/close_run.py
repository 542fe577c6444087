"""Closes a run once every line has its outcome; UNKNOWN keeps it open.

Held lines wait only for those that are still to be sent: once nothing goes out any more they are cancelled, so that what they
owe can be planned again whatever becomes of the lines at the bank.
"""

from uuid import UUID

from payouts.app.ports import UnitOfWork
from payouts.app.runs.cancel_run import cancel_lines
from payouts.domain.obligations.states import OUTCOMES, AttemptState
from payouts.domain.runs import run as domain

_TO_SEND = (AttemptState.PLANNED, AttemptState.READY, AttemptState.QUOTED, AttemptState.RESERVED)
_OPEN = tuple(state for state in AttemptState if state not in OUTCOMES)


async def close_run(uow: UnitOfWork, run_id: UUID) -> bool:
    """Whether the run was closed or a batch of its held lines was cancelled."""
    run = await uow.runs.lock(run_id)
    if run.state.value != "EXECUTING" or await uow.lines.count(run_id, _TO_SEND):
        return False
    if await cancel_lines(uow, run_id, (AttemptState.HELD,), "held, and nothing of the run is left to send"):
        return True
    if await uow.lines.count(run_id, _OPEN):
        return False
    closed, events = domain.finish(run, "close", "every line has its outcome", uow.now)
    await uow.runs.save(closed, events)
    return True
