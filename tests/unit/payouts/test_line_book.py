"""Whatever happens to a line in whatever order: its rules hold."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest
from chassis.errors import IllegalState
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from payouts.domain.failure_codes import classify
from payouts.domain.obligations.book import AttemptMoved, LineBook
from payouts.domain.obligations.model import Attempt, Obligation
from payouts.domain.obligations.states import ATTEMPTS, NOT_LIVE, OBLIGATIONS, AttemptState, ObligationState

NOW = datetime(2026, 11, 23, tzinfo=UTC)
AMOUNT = 100_00


def obligation() -> Obligation:
    one = uuid4()
    return Obligation(
        one, one, "INV-1", one, one, one, 1, (one,), AMOUNT, 0, "EUR", date(2026, 12, 1), ObligationState.OPEN, 0, 1, NOW, NOW
    )


def attempt(owed: Obligation, number: int) -> Attempt:
    return Attempt(
        uuid4(), owed.id, uuid4(), owed.organisation_id, owed.contractor_id, uuid4(), number, f"K{number}", AttemptState.PLANNED,
        uuid4(), 1, "", owed.outstanding_minor, 0, 0, owed.outstanding_minor, None, None, "EUR", "iso20022", date(2026, 11, 23),
        None, False, "", "", "", "", "", "", NOW, NOW,
    )  # fmt: skip


VERBS = ["hold", "make_ready", "reserve", "submit", "cancel", "accept", "lose_sight", "reject", "credit", "return"]


class OneObligation(RuleBasedStateMachine):
    """Tries on one obligation, one after the other, with every verb at any time."""

    def __init__(self) -> None:
        super().__init__()
        owed = obligation()
        self.book = LineBook([], [owed])
        self.owed_id = owed.id
        self.tries: list[Attempt] = []
        self.topped_up: set[UUID] = set()

    @property
    def owed(self) -> Obligation:
        return self.book.obligations[self.owed_id]

    @property
    def live(self) -> list[Attempt]:
        """Besides those that are topped up."""
        tries = self.book.attempts.values()
        return [each for each in tries if each.state not in NOT_LIVE and each.id not in self.topped_up]

    @precondition(lambda self: not self.live or self.owed.state is ObligationState.SHORT_PAID)
    @rule()
    def plan(self) -> None:
        """An open one, or by name one that was credited short."""
        if self.owed.outstanding_minor <= 0:
            return
        self.topped_up |= {each.id for each in self.live}
        made = attempt(self.owed, len(self.tries) + 1)
        self.tries.append(made)
        self.book.attempts[made.id] = made
        self.book.plan(made.id)

    @precondition(lambda self: self.tries)
    @rule(verb=st.sampled_from(VERBS), pick=st.integers(0, 5), minor=st.integers(1, AMOUNT))
    def act(self, verb: str, pick: int, minor: int) -> None:
        one = self.book.attempts[self.tries[pick % len(self.tries)].id]
        before = len(self.book.steps), one.state, self.owed
        allowed = verb in ATTEMPTS.verbs(one.state)
        calls = {
            "hold": lambda: self.book.hold(one.id, "X"), "make_ready": lambda: self.book.make_ready(one.id),
            "reserve": lambda: self.book.reserve(one.id), "submit": lambda: self.book.submit(one.id, uuid4()),
            "cancel": lambda: self.book.cancel(one.id, "x"), "accept": lambda: self.book.accept(one.id, "x"),
            "lose_sight": lambda: self.book.lose_sight(one.id, "x"),
            "reject": lambda: self.book.reject(one.id, classify("AC04"), "x"),
            "credit": lambda: self.book.credit(one.id, "x"),
            "return": lambda: self.book.give_back(one.id, minor, classify("AC04"), "x"),
        }  # fmt: skip
        if allowed:
            calls[verb]()
            assert self.book.attempts[one.id].state is ATTEMPTS.next(one.state, verb)
        else:
            with pytest.raises(IllegalState):
                calls[verb]()
            assert (len(self.book.steps), self.book.attempts[one.id].state, self.owed) == before

    @property
    def unreported(self) -> list[Attempt]:
        tries = self.book.attempts.values()
        return [each for each in tries if each.state is AttemptState.CREDITED and each.credited_minor is None]

    @precondition(lambda self: self.unreported)
    @rule(short=st.integers(0, AMOUNT - 1))
    def report(self, short: int) -> None:
        one = self.unreported[0]
        self.book.report_credited(one.id, max(1, one.net_minor - short))

    @invariant()
    def at_most_one_live_try(self) -> None:
        assert len(self.live) <= 1

    @invariant()
    def obligation_follows_its_live_try(self) -> None:
        state = self.owed.state
        if not self.live:
            assert state is (ObligationState.SHORT_PAID if self.owed.credited_minor else ObligationState.OPEN)
            return
        one = self.live[0].state
        if one is AttemptState.CREDITED:
            assert state is (ObligationState.SHORT_PAID if self.owed.outstanding_minor else ObligationState.PAID)
        elif one in (AttemptState.SUBMITTING, AttemptState.ACCEPTED, AttemptState.UNKNOWN):
            assert state is ObligationState.IN_FLIGHT
        else:
            assert state is ObligationState.SCHEDULED

    @invariant()
    def credits_add_up(self) -> None:
        credited = [each for each in self.book.attempts.values() if each.state is AttemptState.CREDITED]
        arrived = sum(each.net_minor if each.credited_minor is None else each.credited_minor for each in credited)
        assert self.owed.credited_minor == arrived

    @invariant()
    def events_are_gap_free(self) -> None:
        versions = [s.version if isinstance(s, AttemptMoved) else s.obligation.version for s in self.book.steps]
        assert versions == list(range(2, 2 + len(versions)))


TestOneObligation = OneObligation.TestCase


def test_final_states_are_final() -> None:
    """Nothing leads out of a rejected, returned, recalled or cancelled try; UNKNOWN is left by the bank's word only."""
    assert all(not ATTEMPTS.verbs(state) for state in NOT_LIVE)
    assert ATTEMPTS.verbs(AttemptState.UNKNOWN) == ["accept", "credit", "reject"]
    assert OBLIGATIONS.verbs(ObligationState.CANCELLED) == []


@given(short=st.integers(0, AMOUNT - 1))
def test_arrival_reported_before_the_booking(short: int) -> None:
    """The order of the two reports does not matter."""
    owed = obligation()
    one = attempt(owed, 1)
    book = LineBook([one], [owed])
    book.plan(one.id)
    for step in (book.make_ready, book.reserve, lambda each: book.submit(each, uuid4()), lambda each: book.accept(each, "x")):
        step(one.id)
    book.report_credited(one.id, AMOUNT - short)
    book.credit(one.id, "booked")
    assert book.obligations[owed.id].outstanding_minor == short


def test_a_return_while_its_top_up_is_under_way() -> None:
    """The first payment comes back while the rest is on its way: what arrives then is short by the first."""
    owed = obligation()
    first = attempt(owed, 1)
    book = LineBook([first], [owed])

    def send(one: UUID) -> None:
        book.plan(one)
        book.make_ready(one)
        book.reserve(one)
        book.submit(one, uuid4())

    send(first.id)
    book.credit(first.id, "booked")
    book.report_credited(first.id, AMOUNT - 15_00)
    rest = attempt(book.obligations[owed.id], 2)
    book.attempts[rest.id] = rest
    assert rest.net_minor == 15_00
    send(rest.id)
    book.give_back(first.id, AMOUNT - 15_00, classify("AC04"), "x")
    assert book.obligations[owed.id].state is ObligationState.IN_FLIGHT
    book.credit(rest.id, "booked")
    after = book.obligations[owed.id]
    assert (after.state, after.credited_minor) == (ObligationState.SHORT_PAID, 15_00)
