"""ReviewService: the compliance officers' queue."""

from __future__ import annotations

from typing import Any

from chassis import ids
from chassis.rpc import pages
from kamai.onboarding.v1 import review_pb2 as pb
from kamai.onboarding.v1.review_pb2_grpc import ReviewServiceServicer

from onboarding.app.approve_review import ApproveReview, approve_review
from onboarding.app.claim_review import ClaimReview, claim_review
from onboarding.app.ports import Checks, ReviewFilter
from onboarding.app.reject_review import RejectReview, reject_review
from onboarding.app.request_information import RequestInformation, request_information
from onboarding.domain.review import Review, ReviewState
from onboarding.entrypoints import review_messages
from onboarding.entrypoints.session import Calls, Session


async def _message(uow: Session, review: Review) -> pb.Review:
    cases = await uow.screenings.find([review.contractor_id])
    return review_messages.review(review, cases.get(review.contractor_id))


class ReviewServicer(ReviewServiceServicer):
    def __init__(self, calls: Calls, checks: Checks) -> None:
        self._calls, self._checks = calls, checks

    async def ListReviews(self, request: pb.ListReviewsRequest, context: Any) -> Any:
        page = pages.of(request)
        names = [pb.ReviewState.Name(state).removeprefix("REVIEW_STATE_") for state in request.states if state]
        contractor_id = ids.decode(request.contractor_id, "contractor", "contractor_id") if request.contractor_id else None
        wanted = ReviewFilter(tuple(map(ReviewState, names)), contractor_id)

        async def work(uow: Session) -> pb.ListReviewsResponse:
            found = await uow.reviews.page(wanted, page.after, page.fetch)
            given, token = pages.cut(page, found, lambda review: ids.raw(review.id))
            cases = await uow.screenings.find([review.contractor_id for review in given])
            reviews = [review_messages.review(review, cases.get(review.contractor_id)) for review in given]
            return pb.ListReviewsResponse(reviews=reviews, next_page_token=token)

        return await self._calls.read(work)

    async def GetReview(self, request: pb.GetReviewRequest, context: Any) -> Any:
        async def work(uow: Session) -> pb.GetReviewResponse:
            return pb.GetReviewResponse(review=await _message(uow, await uow.reviews.get(request.id)))

        return await self._calls.read(work)

    async def ClaimReview(self, request: pb.ClaimReviewRequest, context: Any) -> Any:
        async def work(uow: Session) -> pb.ClaimReviewResponse:
            claimed = await claim_review(uow, ClaimReview(request.id))
            return pb.ClaimReviewResponse(review=await _message(uow, claimed))

        return await self._calls.run(request, work)

    async def ApproveReview(self, request: pb.ApproveReviewRequest, context: Any) -> Any:
        async def work(uow: Session) -> pb.ApproveReviewResponse:
            approved = await approve_review(uow, self._checks, ApproveReview(request.id, request.reason))
            return pb.ApproveReviewResponse(review=await _message(uow, approved))

        return await self._calls.run(request, work)

    async def RejectReview(self, request: pb.RejectReviewRequest, context: Any) -> Any:
        async def work(uow: Session) -> pb.RejectReviewResponse:
            rejected = await reject_review(uow, self._checks, RejectReview(request.id, request.reason))
            return pb.RejectReviewResponse(review=await _message(uow, rejected))

        return await self._calls.run(request, work)

    async def RequestInformation(self, request: pb.RequestInformationRequest, context: Any) -> Any:
        async def work(uow: Session) -> pb.RequestInformationResponse:
            asked = await request_information(uow, self._checks, RequestInformation(request.id, request.message))
            return pb.RequestInformationResponse(review=await _message(uow, asked))

        return await self._calls.run(request, work)
