"""Whoever takes over the access of somebody approved does not get the money: other names are reviewed and screened."""

from __future__ import annotations

from integration.onboarding.office import LISTED, Office, capability, new_iban, profile, refused, request_id
from kamai.onboarding.v1 import contractor_pb2 as pb
from kamai.onboarding.v1 import payout_method_pb2 as methods
from kamai.onboarding.v1 import review_pb2 as reviews
from kamai.onboarding.v1 import screening_pb2 as screening

STRANGER = "Somebody Else Entirely"
PENDING, VERIFIED = methods.PAYOUT_METHOD_STATE_PENDING, methods.PAYOUT_METHOD_STATE_VERIFIED


async def _methods(office: Office, contractor_id: str) -> list[methods.PayoutMethod]:
    """Newest first."""
    request = methods.ListPayoutMethodsRequest(contractor_id=contractor_id)
    return list((await office.call(office.methods.ListPayoutMethods, request)).payout_methods)


async def _payout(office: Office, contractor_id: str) -> tuple[int, str]:
    found = capability(await office.get(contractor_id), pb.CAPABILITY_RECEIVE_PAYOUT)
    return found.state, found.reason_code


async def _add(office: Office, contractor_id: str, holder: str = STRANGER, currency: str = "EUR") -> methods.PayoutMethod:
    return await office.add_method(contractor_id, currency=currency, fields={"iban": new_iban()}, holder_name=holder)


async def test_another_name_after_approval_waits_for_two_people(office: Office) -> None:
    """It stays PENDING and what was before stays in use; two people approve; then it is verified, 48 h after it was added."""
    contractor_id = await office.approved()
    version = int((await office.get(contractor_id)).etag)
    added = await _add(office, contractor_id)
    assert (added.state, added.HasField("usable_from")) == (PENDING, False)
    review = await office.review_of(contractor_id)
    assert list(review.risk_reasons) == ["ACCOUNT_HOLDER_DIFFERS"]
    assert int((await office.get(contractor_id)).etag) == version + 1, "only the review is told of"
    assert await _payout(office, contractor_id) == (pb.CAPABILITY_STATE_ACTIVE, "")
    await office.beat()
    assert (await office.approve(review.id, "officer-1")).review.state == reviews.REVIEW_STATE_PENDING_SECOND
    assert (await _methods(office, contractor_id))[0].state == PENDING
    assert (await refused(office.approve(review.id, "officer-1")))[0] == "FOUR_EYES"
    await office.approve(review.id, "officer-2")
    now_current = (await _methods(office, contractor_id))[0]
    assert (now_current.id, now_current.state) == (added.id, VERIFIED)
    assert now_current.usable_from.seconds - now_current.create_time.seconds == 48 * 3600


async def test_an_approval_is_for_the_accounts_that_were_seen(office: Office) -> None:
    """A second account in another name after the first approval puts the review back and takes the first account's place."""
    contractor_id = await office.approved()
    first = await _add(office, contractor_id)
    review = await office.review_of(contractor_id)
    await office.beat()
    await office.approve(review.id, "officer-1")
    await _add(office, contractor_id, "Yet Another Stranger")
    again = await office.review_of(contractor_id)
    assert (again.state, again.first_approved_by) == (reviews.REVIEW_STATE_OPEN, "")
    states = {method.id: method.state for method in await _methods(office, contractor_id)}
    assert states[first.id] == methods.PAYOUT_METHOD_STATE_DISABLED


async def test_rejecting_drops_the_account_alone(office: Office) -> None:
    """The contractor is not suspended and goes on being paid to the account of before."""
    contractor_id = await office.approved()
    await _add(office, contractor_id)
    review = await office.review_of(contractor_id)
    reject = reviews.RejectReviewRequest(request_id=request_id(), id=review.id, reason="not authorised by the contractor")
    await office.call(office.reviews.RejectReview, reject, "officer-1")
    states = [method.state for method in await _methods(office, contractor_id)]
    assert states == [methods.PAYOUT_METHOD_STATE_DISABLED, VERIFIED]
    assert (await office.get(contractor_id)).state == pb.CASE_STATE_APPROVED
    assert await _payout(office, contractor_id) == (pb.CAPABILITY_STATE_ACTIVE, "")


async def test_the_holder_is_screened(office: Office) -> None:
    """A listed holder is a hit of the contractor: payouts stop and nobody approves before it is decided."""
    contractor_id = await office.approved()
    await _add(office, contractor_id, LISTED, "USD")
    await office.beat()
    assert await _payout(office, contractor_id) == (pb.CAPABILITY_STATE_RESTRICTED, "SCREENING_HIT")
    review = await office.review_of(contractor_id)
    assert set(review.risk_reasons) == {"SCREENING_CANDIDATES", "ACCOUNT_HOLDER_DIFFERS"}
    assert [candidate.entry_id for candidate in review.screening.candidates] == ["90001"]
    assert (await refused(office.approve(review.id)))[0] == "PRECONDITION_FAILED"
    await office.decide(contractor_id, "90001", screening.HIT_DECISION_FALSE_POSITIVE, "officer-1")
    assert (await office.review_of(contractor_id)).state == reviews.REVIEW_STATE_OPEN
    reject = reviews.RejectReviewRequest(request_id=request_id(), id=review.id, reason="pays a listed person")
    await office.call(office.reviews.RejectReview, reject, "officer-2")
    assert (await office.get(contractor_id)).state == pb.CASE_STATE_SUSPENDED


async def test_the_holder_of_a_first_account_is_screened_and_waits(office: Office) -> None:
    """Before the approval an account in another name makes the case risky, is screened with it and cools off; a company's too."""
    company = profile(
        "Sample Pipeworks Ltd", person_type=pb.PERSON_TYPE_COMPANY, country="GB", nationalities=[],
        identity_numbers=[pb.IdentityNumber(kind="COMPANY_NUMBER", country="GB", value="09876544")],
    )  # fmt: skip
    for given in (profile(), company):
        registered = await office.register(given)
        added = await _add(office, registered.id, LISTED)
        assert added.usable_from.seconds - added.create_time.seconds == 48 * 3600
        await office.submit(registered.id)
        await office.beat()
        review = await office.review_of(registered.id)
        assert {"SCREENING_CANDIDATES", "ACCOUNT_HOLDER_DIFFERS"} <= set(review.risk_reasons)


async def test_an_account_that_goes_is_screened_no_more(office: Office) -> None:
    """Once the account in another name is disabled, or one's own takes its place, the case is screened without that name: the
    review can be approved again."""
    for replaced in (False, True):
        contractor_id, review = await office.in_review()
        await _add(office, contractor_id)
        await office.beat()
        [added, _] = await _methods(office, contractor_id)
        if replaced:
            await office.add_method(contractor_id)
        else:
            disable = methods.DisablePayoutMethodRequest(request_id=request_id(), id=added.id, reason="a mistake")
            await office.call(office.methods.DisablePayoutMethod, disable)
        assert (await refused(office.approve(review.id)))[1][0].type == "SCREENING_OUTDATED"
        await office.beat()
        assert (await office.approve(review.id, "officer-1")).review.state == reviews.REVIEW_STATE_PENDING_SECOND
        assert (await office.approve(review.id, "officer-2")).review.state == reviews.REVIEW_STATE_APPROVED
