"""Codes of refusals and of capabilities that wait, as docs/errors.md lists them: code -> (meaning, who acts, what to do)."""

from __future__ import annotations

from onboarding.domain.party import Party

PRECONDITIONS = {
    "SCREENING_HIT_OPEN": ("a candidate of the screening is undecided", Party.COMPLIANCE, "decide it with DecideScreeningHit"),
    "SCREENING_HIT_CONFIRMED": (
        "a candidate of the screening is a true match",
        Party.COMPLIANCE,
        "reject the case, or have somebody else decide the hit again",
    ),
    "SCREENING_OUTDATED": (
        "the lists, or what is screened, changed since the screening",
        Party.PLATFORM,
        "it is screened again within seconds: repeat",
    ),
    "LEGAL_HOLD": ("a legal hold keeps the contractor from being erased", Party.COMPLIANCE, "release it with ReleaseLegalHold"),
    "CASE_NOT_OVER": ("the case is not REJECTED or CLOSED", Party.COMPLIANCE, "reject or close it"),
    "RETENTION_RUNS": (
        "the records are to be kept for a time after the end of the case",
        None,
        "wait until the day that is named",
    ),
    "WATCHLIST_EMPTY": (
        "no line of the files is an entry",
        Party.COMPLIANCE,
        "check that the files are complete, of this format",
    ),
    "LIST_SHRANK": (
        "the list has over a tenth fewer entries than the version before",
        Party.COMPLIANCE,
        "check that the files are complete, or import with accept_shrinking",
    ),
}

# Why a capability is not ACTIVE.
CAPABILITY_REASONS = {
    "NOT_OFFERED": ("not offered in this country", None, "nothing: it is not to be had"),
    "CASE_NOT_SUBMITTED": ("the case is being filled in", Party.CONTRACTOR, "submit the case"),
    "ACTION_REQUIRED": (
        "the case has defects, or more was asked for",
        Party.CONTRACTOR,
        "mend what the requirements name, submit",
    ),
    "CASE_IN_CHECKS": ("the case is being screened", Party.PLATFORM, "wait: it takes seconds"),
    "CASE_IN_REVIEW": ("the case waits for its review", Party.COMPLIANCE, "decide the review"),
    "CASE_REJECTED": ("the case was rejected", Party.COMPLIANCE, "nothing: it is over"),
    "CASE_CLOSED": ("the case was closed", Party.COMPLIANCE, "nothing: it is over"),
    "CASE_SUSPENDED": ("the case is suspended", Party.COMPLIANCE, "reinstate it when the reason is gone"),
    "SCREENING_HIT": ("a screening hit is open, confirmed or under review", Party.COMPLIANCE, "decide the hit and its review"),
    "NO_WATCHLIST": ("no watchlist has been imported", Party.COMPLIANCE, "import the official lists (ImportWatchlist)"),
    "SCREENING_INCOMPLETE": (
        "the screening could not be done whole",
        Party.COMPLIANCE,
        "read the blockers of the screening (GetScreening) and mend them",
    ),
    "REVERIFICATION_OVERDUE": (
        "documents or data were not renewed in time",
        Party.CONTRACTOR,
        "renew what the requirements name",
    ),
    "PAYOUT_METHOD_MISSING": ("there is no payout method that may be used", Party.CONTRACTOR, "add a payout method"),
}
