"""Every move of the three state machines, and everything that is none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum

import pytest
from chassis.errors import FourEyes, IllegalState
from chassis.states import StateTable
from onboarding.domain import payout_method as methods
from onboarding.domain import review as reviews
from onboarding.domain.business_days import add_business_days
from onboarding.domain.case_states import CASES, CaseState
from onboarding.domain.payout_method import METHODS, Account, MethodState, PayoutMethod, masked, masked_fields
from onboarding.domain.review import REVIEWS, Review, ReviewKind, ReviewState, Risk

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)  # a Friday
TABLES: list[tuple[StateTable, type[StrEnum], StrEnum, set[StrEnum]]] = [  # type: ignore[type-arg]
    (CASES, CaseState, CaseState.DRAFT, {CaseState.CLOSED}),
    (REVIEWS, ReviewState, ReviewState.OPEN, {ReviewState.APPROVED, ReviewState.REJECTED, ReviewState.INFORMATION_REQUESTED}),
    (METHODS, MethodState, MethodState.PENDING, {MethodState.DISABLED}),
]


@pytest.mark.parametrize(("table", "states", "first", "final"), TABLES, ids=lambda v: getattr(v, "kind", None))
def test_every_move(table: StateTable, states: type[StrEnum], first: StrEnum, final: set[StrEnum]) -> None:  # type: ignore[type-arg]
    """Each (state, verb) leads where the table says and every other pair is refused with the state and what is possible; every
    state is reached from the first; the final ones are exactly those without a verb."""
    moves = {(state, verb): target for state, verb, target in table.moves()}
    verbs = {verb for _, verb in moves}
    for state in states:
        for verb in verbs:
            if (state, verb) in moves:
                assert table.next(state, verb) is moves[state, verb]
                continue
            with pytest.raises(IllegalState) as refused:
                table.next(state, verb)
            assert refused.value.metadata["state"] == state.value
            assert refused.value.metadata["allowed"] == ",".join(table.verbs(state))
    reached, edge = {first}, {first}
    while edge:
        edge = {target for (state, _), target in moves.items() if state in edge} - reached
        reached |= edge
    assert reached == set(states)
    assert {state for state in states if not table.verbs(state)} == final


def _review(risks: set[Risk]) -> Review:
    return reviews.open_review("review_1", "contractor_1", ReviewKind.ONBOARDING, risks, NOW)


def test_review_of_an_ordinary_case() -> None:
    """One approval decides it; it is due one business day after Friday: on Monday."""
    review = _review(set())
    assert (review.priority, review.due_at) == (50, NOW + timedelta(days=3))
    decided = reviews.approve(reviews.claim(review, "a"), "a", "fine", NOW)
    assert (decided.state, decided.decided_by, decided.claimed_by) == (ReviewState.APPROVED, "a", "a")


def test_review_of_a_risky_case() -> None:
    """Two different people: the first again is FOUR_EYES, nobody approves after a decision, a rejection comes between."""
    review = _review({Risk.HIGH_RISK_COUNTRY, Risk.SCREENING_CANDIDATES})
    assert (review.priority, review.risk_reasons) == (10, (Risk.SCREENING_CANDIDATES, Risk.HIGH_RISK_COUNTRY))
    first = reviews.approve(review, "a", "fine", NOW)
    assert first.state is ReviewState.PENDING_SECOND
    with pytest.raises(FourEyes):
        reviews.approve(first, "a", "fine", NOW)
    second = reviews.approve(first, "b", "fine", NOW)
    assert (second.first_approved_by, second.decided_by) == ("a", "b")
    with pytest.raises(IllegalState):
        reviews.approve(second, "c", "fine", NOW)
    assert reviews.reject(first, "a", "no", NOW).state is ReviewState.REJECTED


def test_risks_are_only_added() -> None:
    """A later screening makes a review riskier and more urgent, never less."""
    review = reviews.raise_risks(_review({Risk.HIGH_RISK_COUNTRY}), {Risk.SCREENING_CONFIRMED})
    assert (review.priority, set(review.risk_reasons)) == (0, {Risk.HIGH_RISK_COUNTRY, Risk.SCREENING_CONFIRMED})
    assert reviews.raise_risks(review, set()) == review


def test_first_approval_does_not_count_for_what_came_later() -> None:
    """A new risk, or a new hit under a known risk, puts a review that waits for the second person back to the beginning."""
    first = reviews.approve(_review({Risk.SCREENING_CANDIDATES}), "a", "fine", NOW)
    assert reviews.raise_risks(first, {Risk.SCREENING_CANDIDATES}) == first
    for again in (reviews.raise_risks(first, {Risk.HIGH_RISK_COUNTRY}), reviews.raise_risks(first, set(), news=True)):
        assert (again.state, again.first_approved_by) == (ReviewState.OPEN, "")


def test_last_decision_is_a_first_approval() -> None:
    """Of a review of hits alone: whoever decided cannot approve as well. With another risk in it, both approvals are due."""
    hits = reviews.open_review("review_1", "contractor_1", ReviewKind.SCREENING, {Risk.SCREENING_CANDIDATES}, NOW)
    settled = reviews.settle(hits, "a", "somebody else")
    assert (settled.state, settled.first_approved_by, settled.holds_payouts) == (ReviewState.PENDING_SECOND, "a", True)
    with pytest.raises(FourEyes):
        reviews.approve(settled, "a", "fine", NOW)
    assert not reviews.approve(settled, "b", "fine", NOW).holds_payouts
    mixed = reviews.raise_risks(hits, {Risk.ACCOUNT_HOLDER_DIFFERS})
    assert reviews.settle(mixed, "a", "somebody else") == mixed


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [(16, 1, 17), (20, 1, 23), (21, 1, 23), (22, 1, 23), (19, 2, 23), (20, 5, 27)],
)
def test_business_days(start: int, days: int, end: int) -> None:
    """Saturdays and Sundays do not count; a start on one counts from the next Monday or before."""
    assert add_business_days(datetime(2026, 11, start, 9, tzinfo=UTC), days).day == end


def _method(version: int) -> PayoutMethod:
    account = Account("A B", "US_ABA", {"routing_number": "021000021", "account_number": "000123456789"})
    return PayoutMethod("method_1", "contractor_1", MethodState.PENDING, "US", "USD", version, True, account, NOW)


def test_cooling_off() -> None:
    """Usable at once or 48 h after it was added, whenever it is verified; what is superseded or disabled is not payable."""
    cooling_off = timedelta(hours=48)
    first = methods.verify(_method(1), True, cooling_off, NOW)
    assert (first.usable_from, first.payable) == (NOW, True)
    for hours, usable in ((0, 48), (40, 48), (60, 60)):
        late = methods.verify(_method(2), False, cooling_off, NOW + timedelta(hours=hours))
        assert late.usable_from == NOW + timedelta(hours=usable)
    assert not methods.supersede(first).payable
    assert methods.supersede(first).state is MethodState.VERIFIED
    assert not methods.disable(first).payable


def test_masks() -> None:
    """At most four characters of a number are shown and never more than half; what names a bank is public."""
    assert masked("000123456789") == "********6789"
    assert masked("12345") == "***45"
    assert masked("7") == "*"
    assert masked_fields(_method(1).account) == {"routing_number": "021000021", "account_number": "********6789"}
