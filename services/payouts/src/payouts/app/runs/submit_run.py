"""Hands a plan to the approvers. A draft that was handed back is looked at again: its plan may have drifted."""

from uuid import UUID

from chassis.ids import encode

from payouts.app import tenancy
from payouts.app.ports import UnitOfWork
from payouts.app.runs.check_drift import check_drift
from payouts.domain.runs import run as domain
from payouts.domain.runs.run import Run


async def submit_run(uow: UnitOfWork, run_id: UUID) -> Run:
    run = await uow.runs.lock(run_id)
    tenancy.require(uow, run.organisation_id, "run", encode("run", run_id))
    required = await uow.runs.approvals_required(run)
    submitted, events = domain.submit(run, run.digest, required, uow.actor, uow.now)
    await check_drift(uow, run)
    await uow.runs.save(submitted, events)
    return submitted
