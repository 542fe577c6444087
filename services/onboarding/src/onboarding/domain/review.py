"""One review of a case: a queue entry that one person, for a risky case two different people, decide."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from chassis.errors import FourEyes
from chassis.states import StateTable

from onboarding.domain.business_days import add_business_days


class ReviewState(StrEnum):
    OPEN = "OPEN"
    CLAIMED = "CLAIMED"
    PENDING_SECOND = "PENDING_SECOND"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    INFORMATION_REQUESTED = "INFORMATION_REQUESTED"


class ReviewKind(StrEnum):
    """ONBOARDING decides a case; SCREENING deals with a hit on somebody approved before, PAYOUT_METHOD with an account in another
    name that such a person added."""

    ONBOARDING = "ONBOARDING"
    SCREENING = "SCREENING"
    PAYOUT_METHOD = "PAYOUT_METHOD"


class Risk(StrEnum):
    """Why a case needs a second person."""

    SCREENING_CONFIRMED = "SCREENING_CONFIRMED"
    SCREENING_CANDIDATES = "SCREENING_CANDIDATES"
    SCREENING_ERROR = "SCREENING_ERROR"
    HIGH_RISK_COUNTRY = "HIGH_RISK_COUNTRY"
    IDENTITY_NOT_CHECKABLE = "IDENTITY_NOT_CHECKABLE"
    ACCOUNT_HOLDER_DIFFERS = "ACCOUNT_HOLDER_DIFFERS"
    DUPLICATE_IDENTITY = "DUPLICATE_IDENTITY"
    DUPLICATE_ACCOUNT = "DUPLICATE_ACCOUNT"


_HITS = frozenset({Risk.SCREENING_CONFIRMED, Risk.SCREENING_CANDIDATES})
_URGENT = {Risk.SCREENING_CONFIRMED: 0, Risk.SCREENING_CANDIDATES: 10, Risk.SCREENING_ERROR: 20}
_OTHER_RISK, _ORDINARY = 30, 50
OPEN_STATES = frozenset({ReviewState.OPEN, ReviewState.CLAIMED, ReviewState.PENDING_SECOND})

_DECISIONS = {"reject": ReviewState.REJECTED, "request information": ReviewState.INFORMATION_REQUESTED}
REVIEWS: StateTable[ReviewState] = StateTable(
    "review",
    {
        ReviewState.OPEN: {
            "claim": ReviewState.CLAIMED,
            "approve": ReviewState.APPROVED,
            "approve first": ReviewState.PENDING_SECOND,
            **_DECISIONS,
        },
        ReviewState.CLAIMED: {
            "claim": ReviewState.CLAIMED,
            "approve": ReviewState.APPROVED,
            "approve first": ReviewState.PENDING_SECOND,
            **_DECISIONS,
        },
        ReviewState.PENDING_SECOND: {"approve": ReviewState.APPROVED, "reopen": ReviewState.OPEN, **_DECISIONS},
        ReviewState.APPROVED: {},
        ReviewState.REJECTED: {},
        ReviewState.INFORMATION_REQUESTED: {},
    },
)


@dataclass(frozen=True, slots=True)
class Review:
    """priority: 0 is most urgent."""

    id: str
    contractor_id: str
    kind: ReviewKind
    state: ReviewState
    priority: int
    risk_reasons: tuple[Risk, ...]
    due_at: datetime
    created_at: datetime
    claimed_by: str = ""
    first_approved_by: str = ""
    decided_by: str = ""
    decision_reason: str = ""
    decided_at: datetime | None = None
    version: int = 0

    @property
    def open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def holds_payouts(self) -> bool:
        """A hit stops the payout until the review of it is over, not only until the hit is decided."""
        return self.open and not _HITS.isdisjoint(self.risk_reasons)


def priority_of(risks: Iterable[Risk]) -> int:
    return min((_URGENT.get(risk, _OTHER_RISK) for risk in risks), default=_ORDINARY)


def open_review(review_id: str, contractor_id: str, kind: ReviewKind, risks: Collection[Risk], now: datetime) -> Review:
    ordered = tuple(risk for risk in Risk if risk in risks)
    due_at = add_business_days(now, 1)
    return Review(review_id, contractor_id, kind, ReviewState.OPEN, priority_of(ordered), ordered, due_at, now)


def raise_risks(review: Review, risks: Collection[Risk], news: bool = False) -> Review:
    """Adds what was found later. Risks are never taken away: who decides them is what four eyes are for. A first approval given
    before a new risk, or before other `news`, does not count for it."""
    ordered = tuple(risk for risk in Risk if risk in risks or risk in review.risk_reasons)
    raised = replace(review, risk_reasons=ordered, priority=min(review.priority, priority_of(ordered)))
    if review.state is ReviewState.PENDING_SECOND and (news or ordered != review.risk_reasons):
        return replace(raised, state=REVIEWS.next(review.state, "reopen"), first_approved_by="", decision_reason="")
    return raised


def claim(review: Review, actor: str) -> Review:
    return replace(review, state=REVIEWS.next(review.state, "claim"), claimed_by=actor)


def approve(review: Review, actor: str, reason: str, now: datetime) -> Review:
    """APPROVED, or PENDING_SECOND after the first approval of a risky case. Raises FourEyes, IllegalState."""
    if review.risk_reasons and review.state is not ReviewState.PENDING_SECOND:
        state = REVIEWS.next(review.state, "approve first")
        return replace(review, state=state, first_approved_by=actor, decision_reason=reason)
    state = REVIEWS.next(review.state, "approve")
    if review.first_approved_by == actor:
        raise FourEyes("a risky case is approved by two different people: somebody else has to give the second approval")
    return _decided(review, state, actor, reason, now)


def settle(review: Review, actor: str, reason: str) -> Review:
    """The last decision about the hits of somebody approved before counts as the first approval; another person gives the second.
    A review that has more to look at than hits waits for both."""
    more = set(review.risk_reasons) - _HITS - {Risk.SCREENING_ERROR}
    if review.kind is not ReviewKind.SCREENING or review.state is ReviewState.PENDING_SECOND or more:
        return review
    state = REVIEWS.next(review.state, "approve first")
    return replace(review, state=state, first_approved_by=actor, decision_reason=reason)


def reject(review: Review, actor: str, reason: str, now: datetime) -> Review:
    return _decided(review, REVIEWS.next(review.state, "reject"), actor, reason, now)


def request_information(review: Review, actor: str, message: str, now: datetime) -> Review:
    return _decided(review, REVIEWS.next(review.state, "request information"), actor, message, now)


def _decided(review: Review, state: ReviewState, actor: str, reason: str, now: datetime) -> Review:
    return replace(review, state=state, decided_by=actor, decision_reason=reason, decided_at=now)
