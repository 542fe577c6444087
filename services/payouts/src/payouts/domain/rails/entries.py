"""Entries of notifications (camt.054) and statements (camt.053), each movement matched exactly once."""

from collections.abc import Mapping, Set
from uuid import UUID

from payouts.domain.bank_messages import AccountReport, BankEntry, EntryKind, EntryStatus, ReportKind
from payouts.domain.obligations.book import LineBook
from payouts.domain.obligations.model import Attempt
from payouts.domain.obligations.states import AttemptState
from payouts.domain.rails.effects import Effects, Matched, Problem
from payouts.domain.rails.returns import ENTRY, give_back


def apply_account_report(book: LineBook, report: AccountReport, known: Set[str], paid_from: Mapping[UUID, str]) -> Effects:
    """`known`: keys of entries matched before; `paid_from`: account number by funding account."""
    effects = Effects()
    seen = set(known)
    for entry in _booked(report):
        if report.kind is ReportKind.STATEMENT:
            effects.confirmed.append(entry.entry_key)
        if entry.entry_key in seen:
            continue
        seen.add(entry.entry_key)
        attempt = book.find(entry.end_to_end_id or "")
        outcome = _match(book, entry, attempt, paid_from, effects)
        effects.entries.append(Matched(entry, attempt.id if attempt else None, outcome))
    return effects


def _booked(report: AccountReport) -> list[BankEntry]:
    """Debits first: banks list a day's entries in any order, and what went out precedes what came back."""
    booked = [e for statement in report.statements for e in statement.entries if e.status is EntryStatus.BOOKED]
    return sorted(booked, key=lambda e: e.kind is not EntryKind.DEBIT)


def _match(book: LineBook, entry: BankEntry, attempt: Attempt | None, paid_from: Mapping[UUID, str], effects: Effects) -> str:
    if attempt is None:
        return _problem(effects, entry, "UNMATCHED_ENTRY", "an entry that belongs to no payment of ours")
    own = paid_from[attempt.funding_account_id] == entry.account
    if entry.kind is EntryKind.DEBIT:
        return _debit(book, entry, attempt, own, effects)
    if entry.is_return or entry.is_reversal:
        if not own:
            return _problem(effects, entry, "WRONG_ACCOUNT", "a return to another account than the one it was paid from")
        code, text = entry.return_reason_code, entry.additional_text
        return give_back(book, attempt, entry.amount_minor, entry.currency, code, text, (ENTRY, entry.entry_key), effects)
    return _beneficiary(book, entry, attempt, own, effects)


def _debit(book: LineBook, entry: BankEntry, attempt: Attempt, own: bool, effects: Effects) -> str:
    if not own:
        return _problem(effects, entry, "WRONG_ACCOUNT", "debited from another account than the one it is paid from")
    if (entry.amount_minor, entry.currency) != (attempt.net_minor, attempt.currency):
        return _problem(effects, entry, "AMOUNT_DIFFERS", "the bank debited another amount than was sent")
    if book.can(attempt.id, "credit"):
        book.note(attempt.id, booking_entry_key=entry.entry_key)
        book.credit(attempt.id, "booked by the bank")
        effects.booked.append(attempt.id)
        return "MATCHED"
    if attempt.state in (AttemptState.CREDITED, AttemptState.RETURNED) and not attempt.booking_entry_key:
        book.note(attempt.id, booking_entry_key=entry.entry_key)  # an inquiry had told before
        return "MATCHED"
    if attempt.booking_entry_key:
        return _problem(effects, entry, "SECOND_DEBIT", "the bank debited the same payment twice")
    return _problem(effects, entry, "UNEXPECTED_DEBIT", f"the bank debited a payment that is {attempt.state}")


def _beneficiary(book: LineBook, entry: BankEntry, attempt: Attempt, own: bool, effects: Effects) -> str:
    """A credit that is no return: the beneficiary's bank tells what arrived."""
    if own or entry.currency != attempt.currency or not 0 < entry.amount_minor <= attempt.net_minor:
        return _problem(effects, entry, "AMOUNT_DIFFERS", "a credit that cannot be this payment's arrival")
    if attempt.credited_minor is not None:
        return _problem(effects, entry, "SECOND_CREDIT_REPORT", "its arrival was reported before")
    if book.can(attempt.id, "credit"):
        book.note(attempt.id, credited_minor=entry.amount_minor)
        book.credit(attempt.id, "reported by the beneficiary's bank")
        effects.booked.append(attempt.id)
    elif attempt.state is AttemptState.CREDITED:
        book.report_credited(attempt.id, entry.amount_minor)
    else:
        return _problem(effects, entry, "UNEXPECTED_CREDIT", f"an arrival of a payment that is {attempt.state}")
    return "MATCHED"


def _problem(effects: Effects, entry: BankEntry, code: str, message: str) -> str:
    effects.problems.append(Problem(code, message, entry.end_to_end_id or "", entry.amount_minor, entry.currency))
    return code
