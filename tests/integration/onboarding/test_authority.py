"""Compliance is the platform's: a token of an organisation decides nothing, not even about whom it registered itself."""

from __future__ import annotations

from typing import Any

from chassis.ids import RandomIds
from integration.onboarding.office import LISTED, SAMPLE_LIST, Office, ofac_files, profile, refused, request_id
from kamai.onboarding.v1 import contractor_pb2 as pb
from kamai.onboarding.v1 import contractor_service_pb2 as cases
from kamai.onboarding.v1 import review_pb2 as reviews
from kamai.onboarding.v1 import screening_pb2 as screening


async def test_an_organisation_imports_no_list(office: Office) -> None:
    """The list everybody is screened against stays what it was."""
    asked = office.upload(ofac_files(SAMPLE_LIST[:1]), organisation=RandomIds().new("org"))
    assert (await refused(asked))[0] == "PERMISSION_DENIED"
    lists = await office.call(office.screening.ListWatchlists, screening.ListWatchlistsRequest())
    assert [version.entries for version in lists.watchlists if version.current] == [len(SAMPLE_LIST)]


async def test_an_organisation_decides_nothing_of_a_case(office: Office) -> None:
    """Every verb of the reviewers, the decision of a hit, and suspending, reinstating and closing are refused; the case stays."""
    organisation = RandomIds().new("org")
    registered = await office.register(profile(LISTED), organisation=organisation)
    await office.add_method(registered.id)
    await office.submit(registered.id)
    await office.beat()
    review, reason = await office.review_of(registered.id), "we like this person"
    decision = screening.DecideScreeningHitRequest(
        contractor_id=registered.id, list="ofac-sdn", entry_id="90001", decision=screening.HIT_DECISION_FALSE_POSITIVE,
        reason=reason, candidate_etag="any",
    )  # fmt: skip
    calls: list[tuple[Any, Any]] = [
        (office.screening.DecideScreeningHit, decision),
        (office.reviews.ClaimReview, reviews.ClaimReviewRequest(id=review.id)),
        (office.reviews.ApproveReview, reviews.ApproveReviewRequest(id=review.id, reason=reason)),
        (office.reviews.RejectReview, reviews.RejectReviewRequest(id=review.id, reason=reason)),
        (office.reviews.RequestInformation, reviews.RequestInformationRequest(id=review.id, message=reason)),
        (office.contractors.SuspendContractor, cases.SuspendContractorRequest(id=registered.id, reason=reason)),
        (office.contractors.ReinstateContractor, cases.ReinstateContractorRequest(id=registered.id, reason=reason)),
        (office.contractors.CloseContractor, cases.CloseContractorRequest(id=registered.id, reason=reason)),
    ]
    for method, request in calls:
        request.request_id = request_id()
        assert (await refused(office.call(method, request, "client-1", organisation)))[0] == "PERMISSION_DENIED", request
    assert (await office.get(registered.id)).state == pb.CASE_STATE_IN_REVIEW
    assert (await office.review_of(registered.id)).state == reviews.REVIEW_STATE_OPEN
