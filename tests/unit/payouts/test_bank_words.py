"""What a bank's words do to an attempt, and which of them need a person instead."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest
from payouts.domain.bank_connection import HeldPayment, HeldState, Inquiry
from payouts.domain.bank_messages import (
    AccountReport,
    BankEntry,
    BatchStatus,
    EntryKind,
    EntryStatus,
    PaymentReturn,
    ReportKind,
    ReturnReport,
    Statement,
    StatusItem,
    StatusReport,
)
from payouts.domain.failure_codes import FailureCode
from payouts.domain.obligations.book import LineBook
from payouts.domain.obligations.model import Attempt
from payouts.domain.obligations.states import AttemptState
from payouts.domain.rails.effects import Effects
from payouts.domain.rails.entries import apply_account_report
from payouts.domain.rails.inquiry import apply_inquiry
from payouts.domain.rails.returns import apply_returns, replay_returns
from payouts.domain.rails.status_report import apply_status_report
from unit.payouts.test_line_book import AMOUNT, attempt, obligation

TODAY = date(2026, 11, 23)


def at_bank(*verbs: str) -> tuple[LineBook, Attempt]:
    """A book with one attempt that was submitted and then took `verbs`."""
    owed = obligation()
    one = attempt(owed, 1)
    book = LineBook([one], [owed])
    book.plan(one.id)
    book.make_ready(one.id)
    book.reserve(one.id)
    book.submit(one.id, uuid4())
    for verb in verbs:
        getattr(book, verb)(one.id, "test")
    return book, one


def entry(key: str, kind: EntryKind, minor: int = AMOUNT, *, account: str = "OURS", is_return: bool = False) -> BankEntry:
    return BankEntry(
        key, "M", account, kind, minor, "EUR", EntryStatus.BOOKED, TODAY, TODAY, end_to_end_id="K1", is_return=is_return
    )  # fmt: skip


def tell(book: LineBook, one: Attempt, *entries: BankEntry, kind: ReportKind = ReportKind.NOTIFICATION) -> Effects:
    report = AccountReport(kind, "M", (Statement("M", "S", "OURS", "EUR", entries=entries),))
    return apply_account_report(book, report, frozenset(), {one.funding_account_id: "OURS"})


def give_back(book: LineBook, minor: int, return_id: str = "R1") -> Effects:
    item = PaymentReturn("P", return_id, "K1", minor, "EUR", "AC04", TODAY)
    return apply_returns(book, ReturnReport("P", (item,)))


def codes(effects: Effects) -> list[str]:
    return [problem.code for problem in effects.problems]


def test_return_before_settlement_has_no_effect() -> None:
    """It needs a person."""
    book, one = at_bank("accept")
    effects = give_back(book, AMOUNT)
    assert (codes(effects), effects.returned) == (["RETURN_BEFORE_SETTLEMENT"], [])
    assert book.attempts[one.id].state is AttemptState.ACCEPTED


def test_return_listed_before_its_debit() -> None:
    """A statement lists a day's entries in any order: what went out is taken first."""
    book, one = at_bank("accept")
    told = tell(book, one, entry("r", EntryKind.CREDIT, is_return=True), entry("d", EntryKind.DEBIT), kind=ReportKind.STATEMENT)
    assert (told.booked, told.returned, codes(told)) == ([one.id], [(one.id, AMOUNT)], [])
    assert book.attempts[one.id].state is AttemptState.RETURNED


def test_early_returns_are_replayed() -> None:
    """Both reports of one return came before the debit: replayed after it, they count once."""
    book, one = at_bank("accept")
    told = tell(book, one, entry("r", EntryKind.CREDIT, AMOUNT - 500, is_return=True))
    early = [*told.early, *give_back(book, AMOUNT - 500).early]
    effects = tell(book, one, entry("d", EntryKind.DEBIT))
    assert replay_returns(book, early, effects) == ["r"]
    assert (effects.returned, codes(effects)) == ([(one.id, AMOUNT - 500)], [])
    assert book.obligations[one.obligation_id].outstanding_minor == AMOUNT


def test_inquiry_does_not_say_how_much_came_back() -> None:
    """The bank's books show what was sent; the entry of the return says what came back."""
    book, one = at_bank("accept", "lose_sight")
    held = HeldPayment("K1", "F", HeldState.RETURNED, AMOUNT, "EUR")
    assert apply_inquiry(book, one.id, Inquiry("K1", (held,))).returned == []
    told = tell(book, one, entry("r", EntryKind.CREDIT, AMOUNT - 500, is_return=True))
    assert (told.returned, codes(told)) == ([(one.id, AMOUNT - 500)], [])


def test_one_return_told_three_times_counts_once() -> None:
    """pacs.004, notification and statement are one return; the next one is a second return."""
    book, one = at_bank("accept", "credit")
    assert give_back(book, AMOUNT).returned == [(one.id, AMOUNT)]
    told = tell(book, one, entry("e1", EntryKind.CREDIT, is_return=True))
    assert (told.returned, codes(told)) == ([], [])
    assert codes(give_back(book, AMOUNT, "R2")) == ["SECOND_RETURN"]
    assert codes(tell(book, one, entry("e2", EntryKind.CREDIT, is_return=True))) == ["SECOND_RETURN"]
    assert book.obligations[one.obligation_id].outstanding_minor == AMOUNT


def test_over_return_has_no_effect() -> None:
    """More than was sent is never booked by itself."""
    book, one = at_bank("accept", "credit")
    assert codes(give_back(book, AMOUNT + 1)) == ["OVER_RETURN"]
    assert book.attempts[one.id].state is AttemptState.CREDITED


def test_short_return_owes_everything_again() -> None:
    """The contractor has nothing of a payment that came back short: all of it is owed."""
    book, one = at_bank("accept", "credit")
    assert give_back(book, AMOUNT - 500).returned == [(one.id, AMOUNT - 500)]
    assert book.obligations[one.obligation_id].outstanding_minor == AMOUNT


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (entry("e", EntryKind.DEBIT, AMOUNT - 1), "AMOUNT_DIFFERS"),
        (entry("e", EntryKind.DEBIT, account="OTHER"), "WRONG_ACCOUNT"),
        (entry("e", EntryKind.CREDIT, AMOUNT + 1, account="THEIRS"), "AMOUNT_DIFFERS"),
        (entry("e", EntryKind.CREDIT, is_return=True, account="OTHER"), "WRONG_ACCOUNT"),
    ],
)
def test_entries_that_do_not_fit(bad: BankEntry, code: str) -> None:
    """An entry that differs from what was sent moves nothing."""
    book, one = at_bank("accept")
    assert codes(tell(book, one, bad)) == [code]
    assert book.attempts[one.id].state is AttemptState.ACCEPTED


def test_second_debit_is_seen() -> None:
    """Another movement for the same payment is an exception, the same one in a statement is not."""
    book, one = at_bank("accept")
    first = entry("e1", EntryKind.DEBIT)
    assert tell(book, one, first).booked == [one.id]
    assert codes(tell(book, one, entry("e2", EntryKind.DEBIT), kind=ReportKind.STATEMENT)) == ["SECOND_DEBIT"]


def test_what_a_partial_report_does_not_name_stays_open() -> None:
    """PART speaks for the items it names only."""
    book, one = at_bank("accept")
    apply_status_report(book, {one.id}, StatusReport("S", "F", "PART", items=()))
    assert not book.attempts[one.id].answered
    rejected = StatusReport("S", "F", "PART", items=(StatusItem("K1", None, "RJCT", "AC04"),))
    assert apply_status_report(book, {one.id}, rejected).rejected == [one.id]


def test_late_report_about_an_unknown_one_asks_only() -> None:
    """A status report does not leave UNKNOWN: it makes the inquiry due."""
    book, one = at_bank("accept", "lose_sight")
    effects = apply_status_report(book, {one.id}, StatusReport("S", "F", "RJCT", "FF01"))
    assert (effects.inquire, book.attempts[one.id].state) == ([one.id], AttemptState.UNKNOWN)


@pytest.mark.parametrize("verbs", [(), ("accept",)])
@pytest.mark.parametrize(
    "report",
    [
        StatusReport("S", "F", "RJCT", "DUPL"),
        StatusReport("S", "F", "RJCT", "DU01"),
        StatusReport("S", "F", "RJCT", items=(StatusItem("K1", None, "RJCT", "AM05"),)),
        StatusReport("S", "F", "PART", items=(StatusItem("K1", None, "RJCT", "DU04"),)),
        StatusReport("S", "F", "RJCT", items=(StatusItem("K1", None, "RJCT"), StatusItem("K2", None, "RJCT", "DU04"))),
        StatusReport("S", "F", None, batches=(BatchStatus("F", "RJCT", "DU02"),)),
    ],
)
def test_refused_repeat_says_nothing_of_the_first(report: StatusReport, verbs: tuple[str, ...]) -> None:
    """However the bank words it, a refused second copy is no rejection: the bank is asked."""
    book, one = at_bank(*verbs)
    effects = apply_status_report(book, {one.id}, report)
    assert (effects.rejected, effects.inquire, book.attempts[one.id].state) == ([], [one.id], AttemptState.UNKNOWN)


def test_rejection_of_a_file_that_may_be_there_twice_asks() -> None:
    """The rejection may be of the second copy."""
    book, one = at_bank("accept")
    effects = apply_status_report(book, {one.id}, StatusReport("S", "F", "RJCT", "DT01"), resent=True)
    assert (effects.rejected, effects.inquire) == ([], [one.id])


def test_inquiry_that_finds_a_refused_repeat_only() -> None:
    """It proves nothing of the first copy: a person has to look."""
    book, one = at_bank("accept", "lose_sight")
    held = HeldPayment("K1", "F", HeldState.REJECTED, AMOUNT, "EUR", reason_code="AM05")
    assert codes(apply_inquiry(book, one.id, Inquiry("K1", (held,)))) == ["HELD_AS_REPEAT"]
    assert book.attempts[one.id].state is AttemptState.UNKNOWN


def test_rejection_after_settlement_needs_a_person() -> None:
    """Money that was booked is not given back by a status report."""
    book, one = at_bank("accept", "credit")
    assert codes(apply_status_report(book, {one.id}, StatusReport("S", "F", "RJCT", "AC04"))) == ["REJECTED_AFTER_SETTLEMENT"]


@pytest.mark.parametrize(
    ("held", "state"),
    [
        ((), AttemptState.UNKNOWN), ((HeldState.ACCEPTED,), AttemptState.ACCEPTED), ((HeldState.SETTLED,), AttemptState.CREDITED),
        ((HeldState.REJECTED,), AttemptState.REJECTED), ((HeldState.RETURNED,), AttemptState.CREDITED),
        ((HeldState.SETTLED, HeldState.REJECTED), AttemptState.CREDITED),
    ],
)  # fmt: skip
def test_inquiry(held: tuple[HeldState, ...], state: AttemptState) -> None:
    """The bank's books decide; no record of it decides nothing."""
    book, one = at_bank("accept", "lose_sight")
    payments = tuple(HeldPayment("K1", "F", each, AMOUNT, "EUR") for each in held)
    effects = apply_inquiry(book, one.id, Inquiry("K1", payments))
    assert book.attempts[one.id].state is state
    assert codes(effects) == (["HELD_TWICE"] if len(held) > 1 else [])


@pytest.mark.parametrize(
    ("report", "code"),
    [
        (StatusReport("M", "F", "RJCT", "AC01"), FailureCode.FUNDING_ACCOUNT_REFUSED),
        (StatusReport("M", "F", None, batches=(BatchStatus("F", "RJCT", "AC04"),)), FailureCode.FUNDING_ACCOUNT_REFUSED),
        (StatusReport("M", "F", "RJCT", "AC01", items=(StatusItem("K1", None, "RJCT"),)), FailureCode.FUNDING_ACCOUNT_REFUSED),
        (StatusReport("M", "F", "PART", items=(StatusItem("K1", None, "RJCT", "AC01"),)), FailureCode.ACCOUNT_NOT_FOUND),
        (StatusReport("M", "F", "PART", items=(StatusItem("K1", None, "RJCT", "AC02"),)), FailureCode.FUNDING_ACCOUNT_REFUSED),
        (StatusReport("M", "F", "RJCT", "AM04", items=(StatusItem("K1", None, "RJCT", "AC01"),)), FailureCode.ACCOUNT_NOT_FOUND),
    ],
)
def test_who_a_rejection_is_about(report: StatusReport, code: FailureCode) -> None:
    """A code without a party is the payee's when it is said of the payment, the payer's when it is said of its file or batch."""
    book, one = at_bank()
    apply_status_report(book, {one.id}, report)
    rejected = book.attempts[one.id]
    assert (rejected.state, rejected.failure_code) == (AttemptState.REJECTED, code.value)
