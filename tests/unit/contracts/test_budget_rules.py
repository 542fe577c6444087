"""Purchase orders and matching: the budget holds whatever happens in whatever order."""

from __future__ import annotations

from dataclasses import replace

import pytest
from chassis.errors import FourEyes, InvalidFields, KamaiError, PreconditionFailed
from contracts.domain import budget_blocker, capability, contract, invoice, matching, milestone, purchase_order, terms
from contracts.domain.capability import CapabilityStatus
from contracts.domain.limits import MAX_AMOUNT_MINOR
from contracts.domain.purchase_order import Commitment, OrderLine, PurchaseOrderState
from contracts.domain.terms import FixedTerms, MilestoneTerms, SessionTerms, SkillRate
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule
from unit.contracts.samples import FIXED, IDS, NOW, SESSION, drafted, order, usd
from unit.contracts.samples import terms as sample_terms


class Budget(RuleBasedStateMachine):
    """Reserves, consumes and releases at random."""

    held = Bundle("held")

    def __init__(self) -> None:
        super().__init__()
        self.order = order(1_000)
        self.commitments: dict[str, Commitment] = {}

    @rule(target=held, amount=st.integers(1, 600))
    def reserve(self, amount: int) -> str:
        contract_id = IDS.new("contract")
        try:
            self.order, made, _ = purchase_order.reserve(self.order, contract_id, usd(amount))
            self.commitments[contract_id] = made
        except PreconditionFailed:
            assert self.order.available < usd(amount)
        return contract_id

    @rule(contract_id=held, amount=st.integers(1, 600))
    def consume(self, contract_id: str, amount: int) -> None:
        if contract_id in self.commitments:
            try:
                self.order, after, _ = purchase_order.consume(self.order, self.commitments[contract_id], usd(amount))
                self.commitments[contract_id] = after
            except PreconditionFailed:
                assert self.order.available + self.commitments[contract_id].remaining < usd(amount)

    @rule(contract_id=held, keep=st.integers(0, 600))
    def release(self, contract_id: str, keep: int) -> None:
        if contract_id in self.commitments:
            self.order, after, _ = purchase_order.release(self.order, self.commitments[contract_id], usd(keep))
            self.commitments[contract_id] = after

    @rule(ceiling=st.integers(1, 3_000))
    def amend(self, ceiling: int) -> None:
        wanted = usd(ceiling)
        try:
            self.order, changes, _ = purchase_order.amend(self.order, [(1, wanted)])
            assert [change.to_ceiling for change in changes] == [wanted] == [self.order.ceiling]
        except PreconditionFailed:
            assert wanted < self.order.committed + self.order.invoiced
        except InvalidFields:
            assert wanted == self.order.ceiling

    @invariant()
    def the_books_agree(self) -> None:
        remaining = sum(c.remaining.amount_minor for c in self.commitments.values())
        invoiced = sum(c.invoiced.amount_minor for c in self.commitments.values())
        assert (self.order.committed, self.order.invoiced) == (usd(remaining), usd(invoiced))
        assert min(self.order.available.amount_minor, remaining, invoiced) >= 0


TestBudget = Budget.TestCase


@pytest.mark.parametrize(
    ("amount", "invoiced", "remaining", "code"),
    [
        (10_00, 0, 10_00, None),
        (11_00, 0, 10_00, None),  # 10 % above, and there is room
        (11_01, 0, 10_00, "OVER_TOLERANCE"),
        (6_00, 6_00, 4_00, "OVER_TOLERANCE"),  # the tolerance is on the whole, not on every invoice
        (5_00, 6_00, 4_00, None),
        (95_00, 0, 10_00, "PURCHASE_ORDER_EXHAUSTED"),
    ],
)
def test_matching(amount: int, invoiced: int, remaining: int, code: str | None) -> None:
    """Within the commitment, or within the tolerance above it while the order has room; else a hold says why."""
    held = Commitment("contract", "po", "org", usd(10_00), usd(remaining), usd(invoiced))
    book = replace(order(), committed=usd(remaining + 20_00), invoiced=usd(invoiced))
    hold = matching.exception(book, held, usd(amount))
    assert (hold.code if hold else None) == code


def test_tolerance_needs_room_in_the_order() -> None:
    """One minor unit above the commitment of a spent order is an exception; so is everything on a closed one."""
    held = Commitment("contract", "po", "org", usd(10_00), usd(10_00), usd(0))
    full = replace(order(10_00), committed=usd(10_00))
    exhausted = matching.exception(full, held, usd(10_01))
    assert exhausted
    assert exhausted.code == "PURCHASE_ORDER_EXHAUSTED"
    closed = matching.exception(replace(full, state=PurchaseOrderState.CLOSED), held, usd(1))
    assert closed
    assert closed.code == "PURCHASE_ORDER_CLOSED"


def test_faults_of_an_order_come_together() -> None:
    """Line numbers, currencies and amounts of all lines at once."""
    lines = (OrderLine(1, "a", "", usd(0)), OrderLine(1, "b", "", replace(usd(5), currency="EUR")))
    with pytest.raises(InvalidFields) as found:
        purchase_order.open_order("po", "org", "PO-1", "USD", lines, 0, NOW)
    assert {v.field for v in found.value.violations} == {
        "lines[0].line_number", "lines[1].line_number", "lines[0].ceiling.amount_minor", "lines[1].ceiling.currency",
    }  # fmt: skip


def test_faults_of_an_amendment_come_together() -> None:
    """Lines that are unknown, come twice or change nothing; nothing below what is committed; nothing when closed."""
    eur = replace(usd(5), currency="EUR")
    with pytest.raises(InvalidFields) as found:
        purchase_order.amend(order(100_00), [(1, usd(100_00)), (7, eur), (7, usd(0))])
    assert {(v.field, v.code) for v in found.value.violations} == {
        ("ceilings[0].ceiling", "UNCHANGED"), ("ceilings[1].line_number", "DUPLICATE"),
        ("ceilings[1].line_number", "UNKNOWN_LINE"),
        ("ceilings[1].ceiling.currency", "CURRENCY_MISMATCH"), ("ceilings[2].line_number", "DUPLICATE"),
        ("ceilings[2].line_number", "UNKNOWN_LINE"), ("ceilings[2].ceiling.amount_minor", "OUT_OF_RANGE"),
    }  # fmt: skip
    held, _, _ = purchase_order.reserve(order(100_00), "contract", usd(60_00))
    with pytest.raises(PreconditionFailed) as refused:
        purchase_order.amend(held, [(1, usd(59_99))])
    assert refused.value.preconditions[0].type == "CEILING_BELOW_COMMITTED"
    with pytest.raises(PreconditionFailed, match="is closed"):
        purchase_order.amend(purchase_order.close(held)[0], [(1, usd(200_00))])


def test_what_keeps_the_client_from_signing() -> None:
    """The figures of the order while its room is too small, a closed order, and nothing once the client has signed."""
    agreed = drafted()
    small = order(agreed.total.amount_minor - 1)
    found = budget_blocker.find(agreed, small)
    assert found
    assert (found.code, found.order) == ("BUDGET_EXCEEDED", small)
    assert "0.01 USD is missing" in found.message
    enough = order(agreed.total.amount_minor)
    assert budget_blocker.find(agreed, enough) is None
    closed = budget_blocker.find(agreed, purchase_order.close(enough)[0])
    assert closed
    assert closed.code == "PURCHASE_ORDER_CLOSED"
    proposed, _ = contract.propose(agreed, enough, "a" * 64, NOW)
    signed, _ = contract.sign_as_client(proposed, "Sana", "buyer", "a" * 64, NOW)
    assert budget_blocker.find(signed, small) is None


@given(st.lists(st.integers(1, 2**62), min_size=1, max_size=5))
def test_the_price_of_fixed_terms_is_their_sum(amounts: list[int]) -> None:
    """Exact; amounts beyond the limit are refused, so that no sum leaves 64 bits."""
    agreed = sample_terms(FixedTerms(tuple(MilestoneTerms("part", usd(a)) for a in amounts)))
    assert agreed.total == usd(sum(amounts))
    if max(amounts) > MAX_AMOUNT_MINOR:
        with pytest.raises(InvalidFields, match="must be from 1 to"):
            terms.check(agreed)
    else:
        terms.check(agreed)


def test_session_terms_are_checked() -> None:
    """A time zone that does not exist and a skill with two rates are both named."""
    bad: SessionTerms = replace(SESSION, time_zone="Mars/Olympus", rates=SESSION.rates * 2)
    with pytest.raises(InvalidFields) as found:
        terms.check(sample_terms(bad))
    assert {v.code for v in found.value.violations} == {"UNKNOWN_TIME_ZONE", "DUPLICATE"}
    terms.check(sample_terms(replace(SESSION, rates=(SkillRate("other", usd(1)),))))


def test_whoever_accepts_does_not_approve() -> None:
    """Four eyes on an exception, and on the two signatures."""
    work, _ = milestone.plan("work", drafted(), 1, FIXED.milestones[0], NOW)
    issued, _ = invoice.issue("invoice", drafted(), work, "text", "2026-000001", "buyer", NOW)
    held, _ = invoice.match(issued, invoice.Hold("OVER_TOLERANCE", "why"), NOW)
    with pytest.raises(FourEyes):
        invoice.approve(held, "buyer", NOW)
    proposed, _ = contract.propose(drafted(), order(10**9), "a" * 64, NOW)
    signed, _ = contract.sign_as_client(proposed, "Sana", "sana", "a" * 64, NOW)
    with pytest.raises(FourEyes):
        contract.sign_as_contractor(signed, "Sana", "sana", "a" * 64, NOW)


def test_a_missing_capability_says_why() -> None:
    """Unknown contractors have none; the state and the reason are told."""
    with pytest.raises(KamaiError, match="SIGN_CONTRACT is PENDING \\(NOT_ONBOARDED\\)"):
        capability.require({}, "SIGN_CONTRACT", "contractor_x")
    capability.require({"SIGN_CONTRACT": CapabilityStatus("ACTIVE")}, "SIGN_CONTRACT", "contractor_x")
