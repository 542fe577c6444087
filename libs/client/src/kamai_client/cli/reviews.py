"""`kamai reviews`: the compliance officers' queue."""

from __future__ import annotations

from typing import Annotated

import typer
from kamai.onboarding.v1 import review_pb2 as pb

from kamai_client.cli import screened, session
from kamai_client.cli.command import command, group
from kamai_client.cli.values import Limit, OptionalId, Reason, enum_option

app = group("reviews", "The review queue: claim, approve, reject, ask.")

Review = Annotated[str, typer.Argument(metavar="REVIEW_ID", help="review_...")]
States = Annotated[list[int] | None, enum_option(pb.ReviewState, "--state", about="only these")]


@command(app, "list")
def list_(state: States = None, contractor: OptionalId = "", limit: Limit = 50) -> None:
    """Reviews that need somebody, most urgent first."""
    asked = pb.ListReviewsRequest(states=state or [], contractor_id=contractor)  # type: ignore[arg-type]
    columns = "id state priority contractor_id risk_reasons claimed_by due_at"
    session.show_list(lambda kamai: kamai.reviews.ListReviews, asked, columns, limit)


@command(app, "show")
def show(review: Review) -> None:
    """One review with its findings."""
    found = session.call(lambda kamai: kamai.reviews.GetReview, pb.GetReviewRequest(id=review)).review
    session.show(found)
    screened.hint_for(found.screening)


@command(app, "claim")
def claim(review: Review) -> None:
    """Take a review."""
    session.show(session.call(lambda kamai: kamai.reviews.ClaimReview, pb.ClaimReviewRequest(id=review)).review)


@command(app, "approve")
def approve(review: Review, reason: Reason) -> None:
    """Approve the case; a risky one needs a second person."""
    asked = pb.ApproveReviewRequest(id=review, reason=reason)
    session.show(session.call(lambda kamai: kamai.reviews.ApproveReview, asked).review)


@command(app, "reject")
def reject(review: Review, reason: Reason) -> None:
    """Reject the case."""
    asked = pb.RejectReviewRequest(id=review, reason=reason)
    session.show(session.call(lambda kamai: kamai.reviews.RejectReview, asked).review)


@command(app, "ask")
def ask(review: Review, message: Annotated[str, typer.Argument(help="what the contractor has to bring")]) -> None:
    """Send the case back to the contractor with a request."""
    asked = pb.RequestInformationRequest(id=review, message=message)
    session.show(session.call(lambda kamai: kamai.reviews.RequestInformation, asked).review)
