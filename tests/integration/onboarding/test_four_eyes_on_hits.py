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


async def test_nobody_is_approved_against_an_old_list(fresh_office: Office) -> None:
    """Between an import and the new screening an approval is refused and says why; then the hit is seen."""
    office = fresh_office
    await office.import_list(SAMPLE_LIST[1:])
    contractor_id, review = await office.in_review(profile(LISTED, birth_date="1975-03-12"))
    await office.import_list(SAMPLE_LIST)
    reason, found = await refused(office.approve(review.id))
    assert (reason, found[0].type, found[0].subject) == ("PRECONDITION_FAILED", "SCREENING_OUTDATED", contractor_id)
    await office.beat()
    reason, found = await refused(office.approve(review.id))
    assert (reason, found[0].type) == ("PRECONDITION_FAILED", "SCREENING_HIT_OPEN")


async def test_a_decision_is_about_the_entry_that_was_read(fresh_office: Office) -> None:
    """An entry that changed between reading and deciding is STALE_ETAG; read again, it can be decided."""
    office = fresh_office
    await office.import_list([(90001, "KARAVAEV, Oleg Dmitrievich", "DOB 12 Mar 1935; nationality Russia.")])
    contractor_id, review = await office.in_review(profile(LISTED, birth_date="1975-03-12"))
    [seen] = review.screening.candidates
    await office.import_list([(90001, "KARAVAEV, Oleg Dmitrievich", "DOB 12 Mar 1975; nationality Pakistan.")])
    await office.beat()
    stale = office.decide(contractor_id, "90001", FALSE_POSITIVE, etag=seen.etag)
    assert (await refused(stale))[0] == "STALE_ETAG"
    [changed] = (await office.screening_of(contractor_id)).candidates
    assert changed.etag != seen.etag
    decided = (await office.decide(contractor_id, "90001", TRUE_MATCH, etag=changed.etag)).screening
    assert decided.result == screening.SCREENING_RESULT_CONFIRMED


async def test_a_hit_that_leaves_the_list_is_closed_by_people(fresh_office: Office, hit: str) -> None:
    """A list without the entries clears nobody: the hits wait, say so, and are decided; a confirmed one is shown too."""
    office = fresh_office
    await office.decide(hit, "90003", TRUE_MATCH, "officer-1")
    await office.import_list(SAMPLE_LIST[1:], accept_shrinking=True)
    await office.beat()
    assert await _payout(office, hit) == HELD
    found = {candidate.entry_id: candidate for candidate in (await office.screening_of(hit)).candidates}
    assert "not found any more" in found["90001"].factors[-1]
    assert (found["90003"].decision, found["90003"].decided_by) == (TRUE_MATCH, "officer-1")
    await office.decide(hit, "90003", FALSE_POSITIVE, "officer-2")
    await office.decide(hit, "90001", FALSE_POSITIVE, "officer-2")
    assert await _payout(office, hit) == HELD
    await office.approve((await office.review_of(hit)).id, "officer-3")
    assert await _payout(office, hit) == FREE
