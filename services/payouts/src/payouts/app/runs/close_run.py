"""Closes a run once every line has its outcome. Held lines are cancelled then; UNKNOWN keeps a run open."""

from uuid import UUID

from payouts.app.ports import UnitOfWork
from payouts.app.runs.cancel_run import cancel_lines
from payouts.domain.obligations.states import OUTCOMES, AttemptState
from payouts.domain.runs import run as domain

_OPEN = tuple(state for state in AttemptState if state not in OUTCOMES and state is not AttemptState.HELD)


async def close_run(uow: UnitOfWork, run_id: UUID) -> bool:
    """Whether the run was closed or a batch of its held lines was cancelled."""
    run = await uow.runs.lock(run_id)
    if run.state.value != "EXECUTING" or await uow.lines.count(run_id, _OPEN):
        return False
    if await cancel_lines(uow, run_id, (AttemptState.HELD,), "held when the run closed"):
        return True
    closed, events = domain.finish(run, "close", "every line has its outcome", uow.now)
    await uow.runs.save(closed, events)
    return True
