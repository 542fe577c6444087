"""Reconciliation exceptions: what a bank's message says without effect, so that a person has to look. Each is a blocker of the
payment it names. Codes are listed in docs/errors.md."""

EXCEPTIONS = {
    "UNREADABLE_MESSAGE": "a bank's message cannot be read or applied",
    "UNMATCHED_STATUS": "a status for a payment that is not in that file",
    "UNMATCHED_ENTRY": "an entry that belongs to no payment of ours",
    "UNMATCHED_RETURN": "a return of no payment of ours",
    "WRONG_ACCOUNT": "an entry on another account than the one it was paid from",
    "AMOUNT_DIFFERS": "the bank names another amount than was sent, or than it named before",
    "SECOND_DEBIT": "the bank debited the same payment twice",
    "UNEXPECTED_DEBIT": "the bank debited a payment that was not with it, or had failed",
    "SECOND_CREDIT_REPORT": "its arrival was reported before",
    "UNEXPECTED_CREDIT": "an arrival of a payment that was not sent",
    "REJECTED_AFTER_SETTLEMENT": "the bank rejects a payment that it has booked",
    "RETURN_BEFORE_SETTLEMENT": "a return of a payment that is not booked: it waits for the debit",
    "SECOND_RETURN": "it has come back before",
    "OVER_RETURN": "more comes back than was sent",
    "HELD_TWICE": "the bank holds this payment more than once",
    "FUNDING_ACCOUNT_CLAIMED": "several organisations have registered one account to pay from",
    "HELD_AS_REPEAT": "the bank's books have only a refused second copy of this payment",
}
EXCEPTIONS_ACTOR = "PLATFORM"
EXCEPTIONS_REMEDY = "ask the bank, and settle it with the bank's answer as evidence"
