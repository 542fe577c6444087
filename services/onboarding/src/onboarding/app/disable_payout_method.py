"""Takes a payout method out of use."""

from __future__ import annotations

from dataclasses import dataclass

from onboarding.app.assessment import facts_of, screen_again_if_changed
from onboarding.app.authority import require_account_holder
from onboarding.app.ports import Checks, UnitOfWork
from onboarding.domain import contractor as cases
from onboarding.domain import payout_method as methods
from onboarding.domain.events import PayoutMethodDisabled
from onboarding.domain.payout_method import MethodState, PayoutMethod


@dataclass(frozen=True, slots=True)
class DisablePayoutMethod:
    method_id: str
    reason: str


async def disable_payout_method(uow: UnitOfWork, checks: Checks, command: DisablePayoutMethod) -> PayoutMethod:
    """Raises NotFound, PermissionDenied, IllegalState. Without another method the contractor's payouts wait for a new one."""
    contractor = await uow.contractors.lock(await uow.payout_methods.owner_of(command.method_id))
    require_account_holder(uow, contractor, "disable a payout method")
    method = await uow.payout_methods.lock(command.method_id)
    disabled = methods.disable(method)
    await uow.payout_methods.save(method, disabled, "DISABLED_BY_CALLER", command.reason)
    await screen_again_if_changed(uow, contractor)
    facts = await facts_of(uow, checks, contractor.id, contractor.profile)
    refreshed, happened = cases.refresh(contractor, facts)
    # of one that waited for a review nobody was told
    told = [] if method.state is MethodState.PENDING else [PayoutMethodDisabled(disabled, "DISABLED_BY_CALLER")]
    await uow.contractors.save([(refreshed, [*told, *happened])])
    return disabled
