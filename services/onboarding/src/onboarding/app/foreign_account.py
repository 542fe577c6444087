"""An account in another name than the contractor's, or of another open case, added after the approval: nothing is paid to
it before two people agree. The first waits for them; the other cools off meanwhile and waits only after that, for nobody is
told what others have. Shared by the use cases that add, approve and reject."""

from __future__ import annotations

from onboarding.app.ports import Checks, UnitOfWork
from onboarding.domain import payout_method as methods
from onboarding.domain import review as reviews
from onboarding.domain.contractor import Contractor
from onboarding.domain.events import Event, PayoutMethodDisabled, PayoutMethodVerified, ReviewStateChanged
from onboarding.domain.payout_method import PayoutMethod
from onboarding.domain.review import ReviewKind, Risk


async def hold_for_review(uow: UnitOfWork, contractor: Contractor, risks: set[Risk]) -> list[Event]:
    """Puts it before the reviewers, in the review that is open or in one of its own."""
    review = (await uow.reviews.lock_open([contractor.id])).get(contractor.id)
    if review is None:
        review = reviews.open_review(uow.ids.new("review"), contractor.id, ReviewKind.PAYOUT_METHOD, risks, uow.now)
        await uow.reviews.add([review])
        return [ReviewStateChanged(review.id, review.state)]
    raised = reviews.raise_risks(review, risks, news=True)
    await uow.reviews.save([(review, raised)], "PAYOUT_METHOD_ADDED")
    return [ReviewStateChanged(raised.id, raised.state)] if raised.state is not review.state else []


async def make_current(uow: UnitOfWork, verified: PayoutMethod) -> None:
    """The one before it, of the same currency, makes room."""
    for before in (await uow.payout_methods.current([verified.contractor_id])).get(verified.contractor_id, []):
        if before.currency == verified.currency:
            await uow.payout_methods.save(before, methods.supersede(before), "SUPERSEDED")


async def release(uow: UnitOfWork, checks: Checks, contractor: Contractor) -> list[Event]:
    """After the approval of the review: what waited for it becomes current."""
    happened: list[Event] = []
    for method in (await uow.payout_methods.pending([contractor.id])).get(contractor.id, []):
        verified = methods.clear(methods.verify(method, False, checks.cooling_off, uow.now))
        await make_current(uow, verified)
        await uow.payout_methods.save(method, verified, "REVIEW_APPROVED")
        happened.append(PayoutMethodVerified(verified))
    for method in await _suspected(uow, contractor):
        await uow.payout_methods.save(method, methods.clear(method), "REVIEW_APPROVED")
    return happened


async def refuse(uow: UnitOfWork, contractor: Contractor) -> list[Event]:
    """After the rejection of the review: takes out of use what waited for it, or cooled off meanwhile."""
    await drop(uow, contractor, "REVIEW_REJECTED")
    happened: list[Event] = []
    for method in await _suspected(uow, contractor):
        disabled = methods.disable(method)
        await uow.payout_methods.save(method, disabled, "REVIEW_REJECTED")
        happened.append(PayoutMethodDisabled(disabled, "REVIEW_REJECTED"))
    return happened


async def _suspected(uow: UnitOfWork, contractor: Contractor) -> list[PayoutMethod]:
    current = (await uow.payout_methods.current([contractor.id])).get(contractor.id, [])
    return [method for method in current if method.suspected]


async def drop(uow: UnitOfWork, contractor: Contractor, reason_code: str, currency: str = "") -> None:
    """Takes what waits for a review out of use, of one currency or of all. Nobody was told of it, so there is no event."""
    for method in (await uow.payout_methods.pending([contractor.id])).get(contractor.id, []):
        if currency in ("", method.currency):
            await uow.payout_methods.save(method, methods.disable(method), reason_code)
