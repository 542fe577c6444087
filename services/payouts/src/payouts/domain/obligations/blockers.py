"""What each hold means: who has to act, and what clears it. Codes are listed in docs/errors.md."""

from datetime import datetime

from payouts.domain.obligations.model import Blocker

# code: (message, who acts, remedy); {detail} is a code, a currency, an amount or a day, never anything personal.
BLOCKERS = {
    "AMOUNT_NOT_POSITIVE": ("nothing is left to pay on this invoice", "ORGANISATION", "cancel or credit the invoice"),
    "PAYEE_UNKNOWN": ("the contractor is not known to payouts yet", "PLATFORM", "wait for the contractor's events to arrive"),
    "CONTRACTOR_STATE": ("the contractor's case is {detail}", "COMPLIANCE", "finish the contractor's onboarding review"),
    "CAPABILITY_MISSING": (
        "the contractor may not receive payouts ({detail})", "CONTRACTOR", "meet the open requirements of the contractor's case",
    ),
    "SCREENING_HIT": ("the sanctions screening answered {detail}", "COMPLIANCE", "decide the screening hit in the review queue"),
    "SCREENING_INCOMPLETE": (
        "the sanctions screening could not be done whole ({detail})", "COMPLIANCE",
        "read the reason at the contractor's screening and mend it: an imported list screens everybody again",
    ),
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
    "NOT_IN_RUN": ("in no payout run yet", "FINANCE", "plan a payout run"),
    "RUN_DRAFT": ("its run was handed back", "FINANCE", "submit the run again, or cancel it"),
    "RUN_NOT_SUBMITTED": ("its run is planned but not submitted", "FINANCE", "submit the run for approval"),
    "RUN_NOT_APPROVED": ("its run waits for approval", "FINANCE", "approve the run's digest"),
    "RUN_NOT_EXECUTED": ("its run is approved but not executed", "FINANCE", "execute the run"),
    "APPROVAL_EXPIRED": ("approvals of its run ran out of time", "FINANCE", "cancel the run, plan anew"),
    "FILE_NOT_TAKEN": (
        "the bank has not taken its file: {detail}", "PLATFORM", "mend the connection; the file is handed over again",
    ),
    "OUTCOME_UNKNOWN": (
        "nobody knows whether the bank has executed it", "BANK",
        "inquire at the bank; if it has no answer, two people settle it with evidence",
    ),
    "BOOKING_OVERDUE": ("the bank should have booked it on {detail}", "BANK", "inquire at the bank"),
    "SHORT_CREDIT": (
        "{detail} less than was owed has arrived", "FINANCE",
        "ask the bank about its fees; to pay the rest, plan a run that names this obligation",
    ),
    "OBLIGATION_CANCELLED": ("the invoice was withdrawn", "ORGANISATION", "raise a new invoice"),
}  # fmt: skip

# Holds that concern the bank details themselves, whatever run they are in.
NOT_WRITTEN = frozenset({"INSTRUCTION_INVALID", "INSTRUCTION_SEALED"})


def blocker(code: str, subject: str, detail: str = "", due_at: datetime | None = None) -> Blocker:
    """The blocker of a code; `subject` is the id of what is blocked or blocking."""
    message, who_acts, remedy = BLOCKERS[code]
    return Blocker(code, message.format(detail=detail or "no reason given"), who_acts, remedy, subject, due_at)
