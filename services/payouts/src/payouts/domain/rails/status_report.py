"""What a status report (pain.002) does to the attempts of the file it answers."""

from collections.abc import Set
from dataclasses import replace
from uuid import UUID

from payouts.domain.bank_messages import Outcome, StatusReport, Verdict
from payouts.domain.failure_codes import classify
from payouts.domain.obligations.book import LineBook
from payouts.domain.obligations.model import Attempt
from payouts.domain.obligations.states import AttemptState
from payouts.domain.rails.effects import Effects, Problem

_CONTRADICTION = Verdict(Outcome.UNKNOWN, text="the report contradicts itself about this transfer")


def apply_status_report(book: LineBook, in_file: Set[UUID], report: StatusReport, *, resent: bool = False) -> Effects:
    """`in_file`: attempts of the original file. Items absent from a partial report decide nothing for theirs.

    `resent`: its bytes may have reached the bank more than once, so that a rejection may be of the second copy.
    """
    effects = Effects()
    doubted = resent or report.refuses_a_repeat
    named: dict[str, Verdict] = {}
    for item in report.items:
        if item.end_to_end_id is not None:
            verdict = report.verdict_of(item)
            named[item.end_to_end_id] = verdict if named.get(item.end_to_end_id, verdict) == verdict else _CONTRADICTION
    for end_to_end_id, verdict in named.items():
        attempt = book.find(end_to_end_id)
        if attempt is None or attempt.id not in in_file:
            effects.problems.append(Problem("UNMATCHED_STATUS", "a status for a payment that is not in that file", end_to_end_id))
        else:
            _act(book, attempt, _doubt(verdict) if doubted else verdict, effects)
    unnamed = report.verdict_for_unnamed
    for attempt_id in sorted(in_file):
        attempt = book.attempts[attempt_id]
        if attempt.end_to_end_id not in named:
            _act(book, attempt, _doubt(unnamed) if doubted else unnamed, effects)
    return effects


def _doubt(verdict: Verdict) -> Verdict:
    return replace(verdict, outcome=Outcome.REPEATED) if verdict.outcome is Outcome.REJECTED else verdict


def _act(book: LineBook, attempt: Attempt, verdict: Verdict, effects: Effects) -> None:
    if verdict.outcome is Outcome.UNKNOWN:
        return
    if verdict.outcome is Outcome.REPEATED:
        _ask(book, attempt, f"the bank refused what may be a second copy: {verdict.status} {verdict.reason_code or ''}", effects)
        return
    if not attempt.answered:
        book.note(attempt.id, answered=True)
    if attempt.state is AttemptState.UNKNOWN:
        # Only inquiry, an entry or a person leaves UNKNOWN: a late report makes the inquiry due at once.
        effects.inquire.append(attempt.id)
    elif verdict.outcome is Outcome.REJECTED:
        _reject(book, attempt, verdict, effects)
    elif (verdict.outcome is not Outcome.PENDING or attempt.state is AttemptState.SUBMITTING) and book.can(attempt.id, "accept"):
        book.accept(attempt.id, f"bank message pain.002: {verdict.status}")


def _ask(book: LineBook, attempt: Attempt, reason: str, effects: Effects) -> None:
    """Nobody can say from this report what became of it: the bank's books are asked at once."""
    if book.can(attempt.id, "lose_sight"):
        book.lose_sight(attempt.id, reason.strip())
    if book.attempts[attempt.id].state is AttemptState.UNKNOWN:
        effects.inquire.append(attempt.id)


def _reject(book: LineBook, attempt: Attempt, verdict: Verdict, effects: Effects) -> None:
    if book.can(attempt.id, "reject"):
        failure = classify(verdict.reason_code, verdict.text, whole=verdict.whole)
        book.reject(attempt.id, failure, f"bank message pain.002: {verdict.status} {verdict.reason_code or ''}".strip())
        effects.rejected.append(attempt.id)
    elif attempt.state in (AttemptState.CREDITED, AttemptState.RETURNED):
        said = "the bank rejects a payment that it has booked"
        effects.problems.append(
            Problem("REJECTED_AFTER_SETTLEMENT", said, attempt.end_to_end_id, attempt.net_minor, attempt.currency)
        )
