"""An account that another open case has, whose cooling-off ends before its review: from now on it waits for that."""

from __future__ import annotations

from onboarding.app.assessment import facts_of
from onboarding.app.ports import Checks, UnitOfWork
from onboarding.domain import contractor as cases
from onboarding.domain import payout_method as methods
from onboarding.domain.events import PayoutMethodDisabled


async def hold_suspected(uow: UnitOfWork, checks: Checks, limit: int) -> int:
    """Takes up to `limit` of them and returns how many there were."""
    found = await uow.payout_methods.suspected(uow.now + methods.HELD_BEFORE, limit)
    for method_id in found:
        contractor = await uow.contractors.lock(await uow.payout_methods.owner_of(method_id))
        method = await uow.payout_methods.lock(method_id)
        if not (method.current and method.suspected):
            continue
        held = methods.hold(method)
        await uow.payout_methods.save(method, held, "REVIEW_OPEN")
        refreshed, happened = cases.refresh(contractor, await facts_of(uow, checks, contractor.id, contractor.profile))
        await uow.contractors.save([(refreshed, [PayoutMethodDisabled(held, "REVIEW_OPEN"), *happened])])
    return len(found)
