"""Refuses a run: it is a draft again and its approvals are void."""

from uuid import UUID

from chassis.ids import encode

from payouts.app import tenancy
from payouts.app.ports import UnitOfWork
from payouts.domain.runs import run as domain
from payouts.domain.runs.run import Run


async def reject_run(uow: UnitOfWork, run_id: UUID, reason: str) -> Run:
    run = await uow.runs.lock(run_id)
    tenancy.require(uow, run.organisation_id, "run", encode("run", run_id))
    draft, events = domain.hand_back(run, "reject", reason, uow.now)
    await uow.runs.save(draft, events)
    return draft
