"""Before the cooling-off of an account of somebody approved ends: whether another open case has it by now. Nobody is told."""

from __future__ import annotations

from onboarding.app.foreign_account import hold_for_review
from onboarding.app.ports import Checks, UnitOfWork
from onboarding.domain import payout_method as methods
from onboarding.domain.review import Risk


async def suspect_shared(uow: UnitOfWork, _checks: Checks, limit: int) -> int:
    """Takes up to `limit` of them and returns how many there were. `hold_suspected` holds them when the time comes."""
    found = await uow.payout_methods.shared_while_cooling(uow.now, uow.now + methods.LOOKED_AGAIN_BEFORE, limit)
    for method_id in found:
        contractor = await uow.contractors.lock(await uow.payout_methods.owner_of(method_id))
        method = await uow.payout_methods.lock(method_id)
        if method.suspected or not method.payable:
            continue
        await uow.payout_methods.save(method, methods.suspect_later(method), "SHARED")
        await hold_for_review(uow, contractor, {Risk.DUPLICATE_ACCOUNT})  # no event: the contractor sees the number of those
    return len(found)
