"""What the bank's own books say about one attempt whose outcome nobody knows."""

from uuid import UUID

from payouts.domain.bank_connection import HeldState, Inquiry
from payouts.domain.failure_codes import classify, is_repeat
from payouts.domain.obligations.book import LineBook
from payouts.domain.obligations.states import AttemptState
from payouts.domain.rails.effects import Effects, Problem


def apply_inquiry(book: LineBook, attempt_id: UUID, answer: Inquiry) -> Effects:
    """Moves an UNKNOWN attempt as far as the bank knows of it.

    A bank that knows nothing of it moves nothing: whether that proves non-execution is for two people to say, since a new
    end-to-end id follows from it.
    """
    effects = Effects()
    attempt = book.attempts[attempt_id]
    if attempt.state is not AttemptState.UNKNOWN or not answer.held:
        return effects
    if len(answer.held) > 1:
        effects.problems.append(Problem("HELD_TWICE", "the bank holds this payment more than once", attempt.end_to_end_id))
    held = next(payment for payment in answer.held if payment.state is answer.state)
    if (held.amount_minor, held.currency) != (attempt.net_minor, attempt.currency):
        said = "the bank holds this payment with another amount"
        effects.problems.append(Problem("AMOUNT_DIFFERS", said, attempt.end_to_end_id, held.amount_minor, held.currency))
        return effects
    reason = f"inquiry: {held.state}"
    if held.state is HeldState.REJECTED and is_repeat(held.reason_code):
        said = "the bank's books have only a refused second copy of this payment"
        effects.problems.append(Problem("HELD_AS_REPEAT", said, attempt.end_to_end_id, held.amount_minor, held.currency))
    elif held.state is HeldState.REJECTED:
        book.reject(attempt_id, classify(held.reason_code, held.text), reason)
        effects.rejected.append(attempt_id)
    elif held.state is HeldState.ACCEPTED:
        book.accept(attempt_id, reason)
        book.note(attempt_id, answered=True)
    else:
        # how much of a RETURNED one came back, only its entry or pacs.004 can say
        book.credit(attempt_id, reason)
        effects.booked.append(attempt_id)
    return effects
