"""States of a run's composition; funding and settlement are facts of their own."""

from enum import StrEnum

from chassis.states import StateTable


class RunState(StrEnum):
    DRAFT = "DRAFT"
    CALCULATED = "CALCULATED"
    PENDING_APPROVAL = "PENDING_APPROVAL"
    APPROVED = "APPROVED"
    EXECUTING = "EXECUTING"
    CLOSED = "CLOSED"
    APPROVAL_EXPIRED = "APPROVAL_EXPIRED"
    CANCELLED = "CANCELLED"


class FundingState(StrEnum):
    UNFUNDED = "UNFUNDED"
    PARTIAL = "PARTIAL"
    FUNDED = "FUNDED"


class RunMode(StrEnum):
    ATOMIC = "ATOMIC"
    PARTIAL = "PARTIAL"


_R = RunState
RUNS = StateTable(
    "run",
    {
        _R.DRAFT: {"submit": _R.PENDING_APPROVAL, "cancel": _R.CANCELLED},
        _R.CALCULATED: {"submit": _R.PENDING_APPROVAL, "cancel": _R.CANCELLED},
        _R.PENDING_APPROVAL: {
            "approve": _R.APPROVED, "reject": _R.DRAFT, "recall": _R.DRAFT, "cancel": _R.CANCELLED, "expire": _R.APPROVAL_EXPIRED,
        },
        _R.APPROVED: {
            "execute": _R.EXECUTING, "reject": _R.DRAFT, "recall": _R.DRAFT, "cancel": _R.CANCELLED,
            "expire": _R.APPROVAL_EXPIRED,
        },
        _R.EXECUTING: {"close": _R.CLOSED},
        _R.APPROVAL_EXPIRED: {"cancel": _R.CANCELLED},
    },
)  # fmt: skip
