"""One approval of a run's digest, by somebody who neither planned nor edited it and has not approved it yet."""

from uuid import UUID

from chassis.ids import encode

from payouts.app import tenancy
from payouts.app.ports import UnitOfWork
from payouts.domain.runs import run as domain
from payouts.domain.runs.run import Approval, Run


async def approve_run(uow: UnitOfWork, run_id: UUID, digest: str) -> Run:
    run = await uow.runs.lock(run_id)
    tenancy.require(uow, run.organisation_id, "run", encode("run", run_id))
    given = await uow.runs.approvals(run)
    approved, events = domain.approve(run, given, digest, uow.actor, uow.now)
    await uow.runs.add_approval(run, Approval(uow.actor, digest, uow.now))
    await uow.runs.save(approved, events)
    return approved
