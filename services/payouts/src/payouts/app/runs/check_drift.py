"""Refuses a run whose plan is not what its digest says any more."""

from payouts.app.ports import UnitOfWork
from payouts.domain.runs import drift
from payouts.domain.runs.run import Run, check_digest


async def check_drift(uow: UnitOfWork, run: Run) -> None:
    """Raises PlanDrifted naming the lines."""
    drift.refuse(await uow.lines.drift(run.id, uow.now, drift.MAX_NAMED))
    digest, _, _ = await uow.lines.digest(run.id)
    check_digest(run, digest)
