"""A new payout method: every field's format is checked, then it is the current one of its currency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from onboarding.app.assessment import facts_from, requirements_of, risks_of
from onboarding.app.new_account import NewAccount, verified_method
from onboarding.app.ports import Checks, UnitOfWork
from onboarding.domain import contractor as cases
from onboarding.domain import payout_method as methods
from onboarding.domain import review as reviews
from onboarding.domain.case_states import EDITABLE_STATES
from onboarding.domain.contractor import Contractor
from onboarding.domain.events import PayoutMethodVerified
from onboarding.domain.payout_method import PayoutMethod


@dataclass(frozen=True, slots=True)
class AddPayoutMethod:
    contractor_id: str
    account: NewAccount


async def add_payout_method(uow: UnitOfWork, checks: Checks, command: AddPayoutMethod) -> PayoutMethod:
    """VERIFIED, with `usable_from`. Raises NotFound, IllegalState, InvalidFields with every wrong field."""
    contractor = await uow.contractors.lock(command.contractor_id)
    cases.require_live(contractor, "add a payout method")
    added = await verified_method(uow, checks, contractor, command.account)
    current = (await uow.payout_methods.current([contractor.id])).get(contractor.id, [])
    for before in current:
        if before.currency == added.currency:
            await uow.payout_methods.save(before, methods.supersede(before), "SUPERSEDED")
    await uow.payout_methods.add(added)
    now_current = [*(method for method in current if method.currency != added.currency), added]
    await _take_effect(uow, checks, contractor, now_current, added)
    await _tell_reviewer(uow, checks, contractor, now_current)
    return added


async def _take_effect(
    uow: UnitOfWork, checks: Checks, contractor: Contractor, current: Sequence[PayoutMethod], added: PayoutMethod
) -> None:
    """The event, the requirements of a case that is still being filled in, and the capabilities."""
    today = uow.now.date()
    if contractor.state in EDITABLE_STATES:
        contractor = cases.reassessed(contractor, requirements_of(checks, contractor.profile, True, today))
    case = (await uow.screenings.find([contractor.id])).get(contractor.id)
    refreshed, happened = cases.refresh(contractor, facts_from(checks, contractor.profile, current, case, today))
    await uow.contractors.save([(refreshed, [PayoutMethodVerified(added), *happened])])


async def _tell_reviewer(uow: UnitOfWork, checks: Checks, contractor: Contractor, current: Sequence[PayoutMethod]) -> None:
    """An account that came after the review was opened can make it risky."""
    review = (await uow.reviews.lock_open([contractor.id])).get(contractor.id)
    if review is None:
        return
    raised = reviews.raise_risks(review, risks_of(checks, contractor.profile, current))
    if raised != review:
        await uow.reviews.save([(review, raised)], "PAYOUT_METHOD_ADDED")
