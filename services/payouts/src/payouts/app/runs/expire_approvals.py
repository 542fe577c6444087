"""Runs whose approvals ran out of time go no further."""

from payouts.app.ports import UnitOfWork
from payouts.domain.runs import run as domain

BATCH = 100


async def expire_approvals(uow: UnitOfWork) -> bool:
    """Whether there was one."""
    expired = await uow.runs.expired(uow.now, BATCH)
    for run_id in expired:
        run = await uow.runs.lock(run_id)
        if run.approval_expires_at is not None and run.approval_expires_at <= uow.now:
            moved, events = domain.finish(run, "expire", "approvals ran out of time", uow.now)
            await uow.runs.save(moved, events)
    return bool(expired)
