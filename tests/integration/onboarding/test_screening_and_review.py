"""A screened hit stops the approval and the payout, until people decide it."""

from __future__ import annotations

from google.protobuf.field_mask_pb2 import FieldMask
from integration.onboarding.office import LISTED, SAMPLE_LIST, Office, capability, profile, refused, request_id
from kamai.onboarding.v1 import contractor_pb2 as pb
from kamai.onboarding.v1 import contractor_service_pb2 as cases
from kamai.onboarding.v1 import review_pb2 as reviews
from kamai.onboarding.v1 import screening_pb2 as screening
from kamai.type.v1 import history_pb2

FALSE_POSITIVE, TRUE_MATCH = screening.HIT_DECISION_FALSE_POSITIVE, screening.HIT_DECISION_TRUE_MATCH


async def _payout(office: Office, contractor_id: str) -> tuple[int, str]:
    found = capability(await office.get(contractor_id), pb.CAPABILITY_RECEIVE_PAYOUT)
    return found.state, found.reason_code


async def test_hit_has_to_be_decided_and_needs_two_people(office: Office) -> None:
    """A listed name: the review is risky and urgent, approval names the hit and is refused; once it is a false positive, two
    different people approve and the payout is free."""
    contractor_id, review = await office.in_review(profile(LISTED, birth_date="1992-02-02"))
    assert list(review.risk_reasons) == ["SCREENING_CANDIDATES"]
    assert review.priority == 10
    [candidate] = review.screening.candidates
    assert (candidate.list, candidate.entry_id) == ("ofac-sdn", "90001")
    assert candidate.tokens
    assert any("date of birth differs" in factor for factor in candidate.factors)
    reason, found = await refused(office.approve(review.id))
    assert (reason, [v.subject for v in found]) == ("PRECONDITION_FAILED", ["ofac-sdn/90001"])
    assert (await refused(office.decide(contractor_id, "424242", FALSE_POSITIVE)))[0] == "NOT_FOUND"
    decided = (await office.decide(contractor_id, "90001", FALSE_POSITIVE)).screening
    assert decided.result == screening.SCREENING_RESULT_NO_HIT
    assert decided.candidates[0].decided_by == "officer-1"
    first = (await office.approve(review.id, "officer-1")).review
    assert (first.state, first.first_approved_by) == (reviews.REVIEW_STATE_PENDING_SECOND, "officer-1")
    assert (await office.get(contractor_id)).state == pb.CASE_STATE_IN_REVIEW
    assert (await refused(office.approve(review.id, "officer-1")))[0] == "FOUR_EYES"
    assert (await office.approve(review.id, "officer-2")).review.state == reviews.REVIEW_STATE_APPROVED
    assert await _payout(office, contractor_id) == (pb.CAPABILITY_STATE_ACTIVE, "")


async def test_confirmed_hit_cannot_be_approved(office: Office) -> None:
    """A true match keeps the approval refused; who confirmed it cannot lift it; rejecting ends the case."""
    contractor_id, review = await office.in_review(profile(LISTED, birth_date="1975-03-12"))
    assert (await office.decide(contractor_id, "90001", TRUE_MATCH)).screening.result == screening.SCREENING_RESULT_CONFIRMED
    reason, found = await refused(office.approve(review.id, "officer-2"))
    assert (reason, found[0].type) == ("PRECONDITION_FAILED", "SCREENING_HIT_CONFIRMED")
    assert (await refused(office.decide(contractor_id, "90001", FALSE_POSITIVE, "officer-1")))[0] == "FOUR_EYES"
    request = reviews.RejectReviewRequest(request_id=request_id(), id=review.id, reason="listed person")
    rejected = (await office.call(office.reviews.RejectReview, request, "officer-2")).review
    assert (rejected.state, rejected.decided_by) == (reviews.REVIEW_STATE_REJECTED, "officer-2")
    assert (await office.get(contractor_id)).state == pb.CASE_STATE_REJECTED
    assert await _payout(office, contractor_id) == (pb.CAPABILITY_STATE_RESTRICTED, "CASE_REJECTED")


async def test_without_a_list_nobody_is_cleared(fresh_office: Office) -> None:
    """Before the first import a screening is an ERROR and the review risky; approved by two, payouts still wait for a list."""
    office = fresh_office
    contractor_id, review = await office.in_review()
    assert list(review.risk_reasons) == ["SCREENING_ERROR"]
    assert review.screening.result == screening.SCREENING_RESULT_ERROR
    [why] = review.screening.blockers
    assert (why.code, why.who_acts) == ("NO_WATCHLIST", history_pb2.PARTY_COMPLIANCE)
    assert "no watchlist has been imported" in why.message
    assert "ImportWatchlist" in why.remedy
    asked = cases.ListContractorTransitionsRequest(id=contractor_id)
    steps = (await office.call(office.contractors.ListContractorTransitions, asked)).transitions
    assert steps[-1].reason == "REVIEW_OPENED"
    await office.approve(review.id, "officer-1")
    await office.approve(review.id, "officer-2")
    assert await _payout(office, contractor_id) == (pb.CAPABILITY_STATE_RESTRICTED, "NO_WATCHLIST")
    await office.import_list(SAMPLE_LIST)
    await office.beat()
    assert await _payout(office, contractor_id) == (pb.CAPABILITY_STATE_ACTIVE, "")


async def test_new_list_holds_people_approved_long_ago(fresh_office: Office) -> None:
    """A new version with somebody's name holds the payout and opens a review; a false positive seen by two lifts it, is
    remembered over the next version, and reopens when the entry changes."""
    office = fresh_office
    await office.import_list(SAMPLE_LIST)
    contractor_id = await office.approved(profile("Wilhelmina Testperson Brandt"))
    other = await office.approved(profile("Ayesha Noor Siddiqui"))
    entry = (90077, "TESTPERSON BRANDT, Wilhelmina", "DOB 1950.")
    await office.import_list([*SAMPLE_LIST, entry])
    await office.beat()
    assert await _payout(office, contractor_id) == (pb.CAPABILITY_STATE_RESTRICTED, "SCREENING_HIT")
    assert await _payout(office, other) == (pb.CAPABILITY_STATE_ACTIVE, "")
    assert (await office.get(contractor_id)).state == pb.CASE_STATE_APPROVED
    review = await office.review_of(contractor_id)
    assert list(review.risk_reasons) == ["SCREENING_CANDIDATES"]
    await office.decide(contractor_id, "90077", FALSE_POSITIVE)
    await office.approve(review.id, "officer-2")
    assert await _payout(office, contractor_id) == (pb.CAPABILITY_STATE_ACTIVE, "")
    closed = await office.call(office.reviews.GetReview, reviews.GetReviewRequest(id=review.id))
    assert closed.review.state == reviews.REVIEW_STATE_APPROVED
    await office.import_list([*SAMPLE_LIST, entry, (90078, "SOMEBODY ELSE, Entirely", "DOB 1940.")])
    await office.beat()
    assert await _payout(office, contractor_id) == (pb.CAPABILITY_STATE_ACTIVE, "")
    await office.import_list([*SAMPLE_LIST, (90077, "TESTPERSON BRANDT, Wilhelmina", "DOB 12 Apr 1991.")], accept_shrinking=True)
    await office.beat()
    assert await _payout(office, contractor_id) == (pb.CAPABILITY_STATE_RESTRICTED, "SCREENING_HIT")
    [candidate] = (await office.screening_of(contractor_id)).candidates
    assert "open again" in candidate.factors[-1]


async def test_information_is_requested_and_given(office: Office) -> None:
    """A request sends the case back with its words among the requirements; after the answer a new review is opened."""
    contractor_id, review = await office.in_review()
    claim = reviews.ClaimReviewRequest(request_id=request_id(), id=review.id)
    claimed = (await office.call(office.reviews.ClaimReview, claim, "officer-3")).review
    assert (claimed.state, claimed.claimed_by) == (reviews.REVIEW_STATE_CLAIMED, "officer-3")
    ask = reviews.RequestInformationRequest(request_id=request_id(), id=review.id, message="which name is on the document?")
    asked = (await office.call(office.reviews.RequestInformation, ask, "officer-3")).review
    assert asked.state == reviews.REVIEW_STATE_INFORMATION_REQUESTED
    contractor = await office.get(contractor_id)
    assert contractor.state == pb.CASE_STATE_ACTION_REQUIRED
    assert contractor.requirements[-1].description == "which name is on the document?"
    update = cases.UpdateContractorRequest(
        request_id=request_id(), id=contractor_id, etag=contractor.etag, update_mask=FieldMask(paths=["other_names"]),
        profile=pb.ContractorProfile(other_names=["A. N. Siddiqui"]),
    )  # fmt: skip
    await office.call(office.contractors.UpdateContractor, update)
    await office.add_method(contractor_id, currency="USD")
    assert (await office.get(contractor_id)).requirements[-1].code == "INFORMATION"
    assert "INFORMATION" not in {r.code for r in (await office.submit(contractor_id)).requirements}
    await office.beat()
    assert (await office.review_of(contractor_id)).id != review.id
    assert (await refused(office.approve(review.id)))[0] == "ILLEGAL_STATE"


async def test_queue_is_by_urgency(office: Office) -> None:
    """Pages of one walk the whole queue, most urgent first, oldest first among equals, nobody twice."""
    await office.in_review()
    await office.in_review(profile(LISTED))
    await office.in_review(profile("Thandar Example", nationalities=["MM"]))
    seen, token = [], ""
    while True:
        page = await office.call(office.reviews.ListReviews, reviews.ListReviewsRequest(page_size=1, page_token=token))
        seen += [(r.priority, r.id) for r in page.reviews]
        token = page.next_page_token
        if not token:
            break
    assert len(seen) >= 3
    assert seen == sorted(set(seen))


async def test_third_party_account_is_risky(office: Office) -> None:
    """An individual's account in somebody else's name needs a second person."""
    registered = await office.register()
    await office.add_method(registered.id, holder_name="Quite Another Person")
    await office.submit(registered.id)
    await office.beat()
    assert list((await office.review_of(registered.id)).risk_reasons) == ["ACCOUNT_HOLDER_DIFFERS"]


async def test_account_added_during_the_review_raises_its_risk(office: Office) -> None:
    """Somebody else's account that comes after the review was opened makes it need a second person."""
    contractor_id, review = await office.in_review()
    assert not review.risk_reasons
    await office.add_method(contractor_id, currency="USD", holder_name="Quite Another Person")
    assert list((await office.review_of(contractor_id)).risk_reasons) == ["ACCOUNT_HOLDER_DIFFERS"]
    assert (await refused(office.approve(review.id)))[1][0].type == "SCREENING_OUTDATED"
    await office.beat()
    assert (await office.approve(review.id)).review.state == reviews.REVIEW_STATE_PENDING_SECOND


async def test_rejected_hit_suspends_and_is_not_asked_again(fresh_office: Office) -> None:
    """Rejecting the review of a late hit suspends the contractor; the next list does not open another review for the same hit, a
    new hit does."""
    office = fresh_office
    await office.import_list(SAMPLE_LIST)
    contractor_id = await office.approved(profile("Wilhelmina Testperson Brandt"))
    entry = (90077, "TESTPERSON BRANDT, Wilhelmina", "DOB 1950.")
    await office.import_list([*SAMPLE_LIST, entry])
    await office.beat()
    review = await office.review_of(contractor_id)
    request = reviews.RejectReviewRequest(request_id=request_id(), id=review.id, reason="likely the listed person")
    await office.call(office.reviews.RejectReview, request, "officer-2")
    assert (await office.get(contractor_id)).state == pb.CASE_STATE_SUSPENDED
    await office.import_list([*SAMPLE_LIST, entry, (90078, "SOMEBODY ELSE, Entirely", "DOB 1940.")])
    await office.beat()
    ask = reviews.ListReviewsRequest(contractor_id=contractor_id)
    assert not (await office.call(office.reviews.ListReviews, ask)).reviews
    await office.import_list([*SAMPLE_LIST, entry, (90079, "BRANDT TESTPERSON, Wilhelmina", "DOB 1951.")])
    await office.beat()
    assert (await office.review_of(contractor_id)).id != review.id
