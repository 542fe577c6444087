"""What each hold means: who has to act, and what clears it. Codes are listed in docs/errors.md."""

from datetime import datetime

from payouts.domain.obligations.model import Blocker

# code: (message, who acts, remedy); {detail} is a code or a currency, never anything personal.
_TEXTS = {
    "AMOUNT_NOT_POSITIVE": ("nothing is left to pay on this invoice", "ORGANISATION", "cancel or credit the invoice"),
    "PAYEE_UNKNOWN": ("the contractor is not known to payouts yet", "PLATFORM", "wait for the contractor's events to arrive"),
    "CONTRACTOR_STATE": ("the contractor's case is {detail}", "COMPLIANCE", "finish the contractor's onboarding review"),
    "CAPABILITY_MISSING": (
        "the contractor may not receive payouts ({detail})", "CONTRACTOR", "meet the open requirements of the contractor's case",
    ),
    "SCREENING_HIT": ("the sanctions screening answered {detail}", "COMPLIANCE", "decide the screening hit in the review queue"),
    "SCREENING_TIMEOUT": ("the payee's screening has not answered in time", "PLATFORM", "plan a new run once screening works"),
    "PAYOUT_METHOD_MISSING": ("no payout method for {detail}", "CONTRACTOR", "add a payout method in this currency"),
    "PAYOUT_METHOD_COOLING_OFF": (
        "the payout method was changed and is not usable yet", "PLATFORM", "wait for the end of the cooling-off",
    ),
    "PAYOUT_METHOD_CHANGED": ("the payout method is not the one that was approved", "FINANCE", "plan a new run"),
    "AMOUNT_CHANGED": ("what is owed is not what was approved", "FINANCE", "plan a new run"),
    "TRIES_USED_UP": ("no bank reference is left for another try", "ORGANISATION", "cancel the invoice and raise a new one"),
    "DEBITED_BY_BANK": (
        "the bank has debited {detail}, a try that had failed, and has not given it back", "BANK",
        "ask the bank to return the money; once its return is booked, plan a new run",
    ),
    "DUPLICATE_WORK": ("the same work is on another invoice", "ORGANISATION", "cancel one of the two invoices"),
    "FUNDING_MISSING": ("the funding account does not cover this line", "FINANCE", "deposit money, then plan a new run"),
    "ATOMIC_RUN": ("another line of this ATOMIC run is held: {detail}", "FINANCE", "clear that line and plan a new run"),
    "INSTRUCTION_INVALID": (
        "the bank details cannot be written into a bank file ({detail})", "CONTRACTOR", "correct the payout method",
    ),
    "INSTRUCTION_SEALED": (
        "the bank details cannot be opened with this service's key", "PLATFORM", "give this service the key they were sealed for",
    ),
    "RESERVATION_EXPIRED": ("the reserved money was given back before it was sent", "FINANCE", "plan a new run"),
}  # fmt: skip


def blocker(code: str, subject: str, detail: str = "", due_at: datetime | None = None) -> Blocker:
    """The blocker of a code; `subject` is the id of what is blocked or blocking."""
    message, who_acts, remedy = _TEXTS[code]
    return Blocker(code, message.format(detail=detail or "no reason given"), who_acts, remedy, subject, due_at)
