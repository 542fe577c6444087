"""A new payout method: every field's format is checked, then it is the current one of its currency, or waits for a review."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from onboarding.app.assessment import duplicates_of_account, facts_from, requirements_of, risks_of, screen_again_if_changed
from onboarding.app.authority import require_account_holder
from onboarding.app.foreign_account import drop, hold_for_review, make_current
from onboarding.app.new_account import NewAccount, new_method
from onboarding.app.ports import Checks, UnitOfWork
from onboarding.domain import contractor as cases
from onboarding.domain import payout_method as methods
from onboarding.domain import review as reviews
from onboarding.domain.case_states import EDITABLE_STATES
from onboarding.domain.contractor import Contractor
from onboarding.domain.events import Event, PayoutMethodVerified, ReviewStateChanged
from onboarding.domain.marks import marks_of_account
from onboarding.domain.payout_method import PayoutMethod
from onboarding.domain.review import Risk


@dataclass(frozen=True, slots=True)
class AddPayoutMethod:
    contractor_id: str
    account: NewAccount


async def add_payout_method(uow: UnitOfWork, checks: Checks, command: AddPayoutMethod) -> PayoutMethod:
    """VERIFIED, with `usable_from`; PENDING for an account in another name that somebody approved adds. That another open case
    has the account the answer does not tell. Raises NotFound, PermissionDenied, IllegalState, InvalidFields with every fault."""
    contractor = await uow.contractors.lock(command.contractor_id)
    cases.require_live(contractor, "add a payout method")
    require_account_holder(uow, contractor, "add a payout method")
    added = await new_method(uow, checks, contractor, command.account)
    own = contractor.profile.owns(added.account.holder_name)
    await drop(uow, contractor, "SUPERSEDED", added.currency)
    await uow.marks.add(contractor.id, added.id, marks_of_account(added))
    duplicates = await duplicates_of_account(uow, contractor.id, added.id)
    risks = duplicates if own else duplicates | {Risk.ACCOUNT_HOLDER_DIFFERS}
    approved = cases.was_approved(contractor)
    if approved and not own:
        await uow.payout_methods.add(added)
        await screen_again_if_changed(uow, contractor)
        await uow.contractors.save([(contractor, await hold_for_review(uow, contractor, risks))])
        return added
    at_once = own and not approved and not await uow.payout_methods.any_ever(contractor.id)
    added = methods.verify(added, at_once, checks.cooling_off, uow.now)
    if approved and duplicates:
        added = methods.suspect(added, uow.now)
        await hold_for_review(uow, contractor, risks)  # no event: whoever added it sees the number of those
    if added.current:
        await make_current(uow, added)
    await uow.payout_methods.add(added)
    await screen_again_if_changed(uow, contractor)
    current = (await uow.payout_methods.current([contractor.id]))[contractor.id]
    told = await _tell_reviewer(uow, checks, contractor, current, risks)
    await _take_effect(uow, checks, contractor, current, [*([PayoutMethodVerified(added)] if added.current else []), *told])
    return added


async def _take_effect(
    uow: UnitOfWork, checks: Checks, contractor: Contractor, current: Sequence[PayoutMethod], told: Sequence[Event]
) -> None:
    """The events, the requirements of a case that is still being filled in, and the capabilities."""
    today = uow.now.date()
    if contractor.state in EDITABLE_STATES:
        contractor = cases.reassessed(contractor, requirements_of(checks, contractor.profile, True, today))
    case = (await uow.screenings.find([contractor.id])).get(contractor.id)
    review = (await uow.reviews.lock_open([contractor.id])).get(contractor.id)
    refreshed, happened = cases.refresh(contractor, facts_from(checks, contractor.profile, current, case, review, today))
    await uow.contractors.save([(refreshed, [*told, *happened])])


async def _tell_reviewer(
    uow: UnitOfWork, checks: Checks, contractor: Contractor, current: Sequence[PayoutMethod], news: set[Risk]
) -> list[Event]:
    """An account that came after the review was opened can make it risky."""
    review = (await uow.reviews.lock_open([contractor.id])).get(contractor.id)
    raised = reviews.raise_risks(review, risks_of(checks, contractor.profile, current) | news, bool(news)) if review else None
    if review is None or raised is None or raised == review:
        return []
    await uow.reviews.save([(review, raised)], "PAYOUT_METHOD_ADDED")
    return [ReviewStateChanged(raised.id, raised.state)] if raised.state is not review.state else []
