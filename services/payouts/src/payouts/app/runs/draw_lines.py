"""Reads the reserved lines of a run that the next bank files are made of. Nothing is decided by it: `write_file` looks again."""

from uuid import UUID

from payouts.app.ports import UnitOfWork
from payouts.app.runs.prepare_files import Drawn
from payouts.domain.obligations.states import AttemptState
from payouts.domain.runs.states import RunMode

ALL = 10_000_000


async def draw_lines(uow: UnitOfWork, run_id: UUID, max_lines: int) -> Drawn | None:
    """None when there is nothing to write; an ATOMIC run is drawn whole once all its lines are reserved, or not at all."""
    run = await uow.runs.lock(run_id)
    atomic = run.mode is RunMode.ATOMIC
    if atomic and await uow.lines.count(run_id, [AttemptState.READY, AttemptState.HELD]):
        return None
    limit = ALL if atomic else max_lines
    lines = await uow.lines.sealed(run_id, limit)
    if not lines:
        return None
    account = await uow.funding.get(run.funding_account_id)
    file_ids = tuple(uow.ids.new("bankmsg") for _ in range(0, len(lines), max_lines))
    return Drawn(run, account, tuple(lines), limit, max_lines, file_ids, uow.now)
