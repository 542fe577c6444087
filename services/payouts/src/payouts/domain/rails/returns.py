"""Money coming back. One return is reported up to three times (pacs.004, camt.054, camt.053) and counts once."""

from collections.abc import Iterable

from payouts.domain.bank_messages import ReturnReport
from payouts.domain.failure_codes import classify
from payouts.domain.obligations.book import LineBook
from payouts.domain.obligations.model import Attempt
from payouts.domain.obligations.states import AttemptState
from payouts.domain.rails.effects import EarlyReturn, Effects, Problem

ENTRY, MESSAGE = "return_entry_key", "return_message_key"
TOO_EARLY = "RETURN_BEFORE_SETTLEMENT"


def apply_returns(book: LineBook, report: ReturnReport) -> Effects:
    """A pacs.004."""
    effects = Effects()
    for item in report.returns:
        attempt = book.find(item.end_to_end_id or "")
        if attempt is None:
            said = Problem(
                "UNMATCHED_RETURN", "a return of no payment of ours", item.end_to_end_id or "", item.amount_minor, item.currency
            )
            effects.problems.append(said)
            continue
        key = item.return_id or item.message_id
        give_back(book, attempt, item.amount_minor, item.currency, item.reason_code, item.text, (MESSAGE, key), effects)
    return effects


def replay_returns(book: LineBook, early: Iterable[EarlyReturn], effects: Effects) -> list[str]:
    """Returns that had come before their debit, now that it is there; gives the keys of entries that are matched by it."""
    matched = []
    for each in early:
        attempt = book.attempts[each.attempt_id]
        seen_in = (each.field, each.key)
        said = give_back(book, attempt, each.amount_minor, each.currency, each.reason_code, each.text, seen_in, effects)
        if said == "MATCHED" and each.field == ENTRY:
            matched.append(each.key)
    return matched


def give_back(
    book: LineBook, attempt: Attempt, minor: int, currency: str, reason: str | None, text: str, seen_in: tuple[str, str],
    effects: Effects,
) -> str:  # fmt: skip
    """MATCHED, or the code of the problem: then the report has no effect. `seen_in`: which report, and its key."""
    field, key = seen_in
    problem = _problem(attempt, minor, currency, field)
    if problem is not None:
        effects.problems.append(Problem(problem[0], problem[1], attempt.end_to_end_id, minor, currency))
        if problem[0] == TOO_EARLY:
            effects.early.append(EarlyReturn(attempt.id, field, key, minor, currency, reason, text))
        return problem[0]
    if attempt.state is AttemptState.CREDITED:
        book.give_back(attempt.id, minor, classify(reason, text), f"returned by the bank: {reason or 'no reason'}")
        effects.returned.append((attempt.id, minor))
    book.note(attempt.id, **{field: key})
    return "MATCHED"


def _problem(attempt: Attempt, minor: int, currency: str, field: str) -> tuple[str, str] | None:
    if attempt.state is AttemptState.RETURNED:
        if getattr(attempt, field):
            return "SECOND_RETURN", "it has come back before"
        if minor != attempt.returned_minor:
            return "AMOUNT_DIFFERS", "another report of this return has another amount"
        return None
    if attempt.state is not AttemptState.CREDITED:
        return TOO_EARLY, f"a return of a payment that is {attempt.state}"
    if currency != attempt.currency or minor > attempt.net_minor:
        return "OVER_RETURN", "more comes back than was sent"
    return None
