"""Starts an approved run, unless its plan has drifted; every payee is screened again before any money leaves."""

from datetime import timedelta
from uuid import UUID

from chassis.ids import encode

from payouts.app import tenancy
from payouts.app.ports import UnitOfWork
from payouts.app.runs.check_drift import check_drift
from payouts.domain.runs import run as domain
from payouts.domain.runs.run import Run


async def execute_run(uow: UnitOfWork, run_id: UUID, digest: str, screening_timeout_s: float) -> Run:
    run = await uow.runs.lock(run_id)
    tenancy.require(uow, run.organisation_id, "run", encode("run", run_id))
    payees = await uow.runs.payees(run_id)
    executing, events = domain.execute(run, payees, uow.now + timedelta(seconds=screening_timeout_s), uow.now)
    domain.check_digest(run, digest)
    await check_drift(uow, run)
    await uow.runs.ask_screening(run_id, payees)
    await uow.runs.save(executing, events)
    return executing
