"""Nobody alone lifts a hit, and an approval counts only for what there was to see."""

from __future__ import annotations

import pytest
from integration.onboarding.office import LISTED, SAMPLE_LIST, Office, capability, profile, refused, request_id
from kamai.onboarding.v1 import contractor_pb2 as pb
from kamai.onboarding.v1 import contractor_service_pb2 as cases
from kamai.onboarding.v1 import review_pb2 as reviews
from kamai.onboarding.v1 import screening_pb2 as screening

FALSE_POSITIVE, TRUE_MATCH = screening.HIT_DECISION_FALSE_POSITIVE, screening.HIT_DECISION_TRUE_MATCH
NAMESAKE = (90003, "KARAVAEV, Oleg Dmitrievich", "DOB 1935.")
HELD, FREE = (pb.CAPABILITY_STATE_RESTRICTED, "SCREENING_HIT"), (pb.CAPABILITY_STATE_ACTIVE, "")


@pytest.fixture
async def hit(fresh_office: Office) -> str:
    """Somebody approved before two entries of their name came with a new list."""
    await fresh_office.import_list(SAMPLE_LIST[1:])
    contractor_id = await fresh_office.approved(profile(LISTED, birth_date="1992-02-02"))
    await fresh_office.import_list([*SAMPLE_LIST, NAMESAKE])
    await fresh_office.beat()
    return contractor_id


async def _payout(office: Office, contractor_id: str) -> tuple[int, str]:
    found = capability(await office.get(contractor_id), pb.CAPABILITY_RECEIVE_PAYOUT)
    return found.state, found.reason_code


async def test_a_late_hit_needs_two_people(fresh_office: Office, hit: str) -> None:
    """The last decision is a first approval: payouts stay held until a person who decided none of the hits approves."""
    office = fresh_office
    await office.decide(hit, "90001", FALSE_POSITIVE, "officer-1")
    await office.decide(hit, "90003", FALSE_POSITIVE, "officer-2")
    review = await office.review_of(hit)
    assert (review.state, review.first_approved_by) == (reviews.REVIEW_STATE_PENDING_SECOND, "officer-2")
    assert await _payout(office, hit) == HELD
    await office.import_list([*SAMPLE_LIST, NAMESAKE, (90005, "SOMEBODY ELSE, Entirely", "")])
    await office.beat()
    assert await _payout(office, hit) == HELD
    for who in ("officer-1", "officer-2"):
        assert (await refused(office.approve(review.id, who)))[0] == "FOUR_EYES"
    assert (await office.approve(review.id, "officer-3")).review.state == reviews.REVIEW_STATE_APPROVED
    assert await _payout(office, hit) == FREE


async def test_a_true_match_undoes_the_first_approval(fresh_office: Office, hit: str) -> None:
    """Who confirms a hit that the first called a false positive puts the review back; nobody approves it then."""
    office = fresh_office
    for entry in ("90001", "90003"):
        await office.decide(hit, entry, FALSE_POSITIVE, "officer-1")
    await office.decide(hit, "90001", TRUE_MATCH, "officer-2")
    review = await office.review_of(hit)
    assert (review.state, review.first_approved_by) == (reviews.REVIEW_STATE_OPEN, "")
    assert (await refused(office.approve(review.id, "officer-3")))[0] == "PRECONDITION_FAILED"
    assert await _payout(office, hit) == HELD


async def test_lifting_without_a_review_opens_one(fresh_office: Office, hit: str) -> None:
    """After a rejected review and a reinstatement one person's decisions still do not free the payout."""
    office = fresh_office
    reject = reviews.RejectReviewRequest(request_id=request_id(), id=(await office.review_of(hit)).id, reason="cannot tell")
    await office.call(office.reviews.RejectReview, reject, "officer-1")
    back = cases.ReinstateContractorRequest(request_id=request_id(), id=hit, reason="documents came")
    await office.call(office.contractors.ReinstateContractor, back, "officer-1")
    for entry in ("90001", "90003"):
        await office.decide(hit, entry, FALSE_POSITIVE, "officer-1")
    review = await office.review_of(hit)
    assert (review.state, review.first_approved_by) == (reviews.REVIEW_STATE_PENDING_SECOND, "officer-1")
    assert await _payout(office, hit) == HELD
    await office.approve(review.id, "officer-2")
    assert await _payout(office, hit) == FREE


async def test_a_hit_after_the_first_approval_is_seen_by_two(fresh_office: Office) -> None:
    """A new entry on a case that waits for its second approval: the first one does not count for it."""
    office = fresh_office
    await office.import_list(SAMPLE_LIST)
    contractor_id, review = await office.in_review(profile(LISTED, birth_date="1992-02-02"))
    await office.decide(contractor_id, "90001", FALSE_POSITIVE, "officer-1")
    await office.approve(review.id, "officer-1")
    await office.import_list([*SAMPLE_LIST, NAMESAKE])
    await office.beat()
    again = await office.review_of(contractor_id)
    assert (again.id, again.state, again.first_approved_by) == (review.id, reviews.REVIEW_STATE_OPEN, "")
    await office.decide(contractor_id, "90003", FALSE_POSITIVE, "officer-2")
    assert (await office.approve(review.id, "officer-2")).review.state == reviews.REVIEW_STATE_PENDING_SECOND
    assert (await office.approve(review.id, "officer-1")).review.state == reviews.REVIEW_STATE_APPROVED
