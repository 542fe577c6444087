"""States of a contractor's case and the moves between them."""

from __future__ import annotations

from enum import StrEnum

from chassis.states import StateTable


class CaseState(StrEnum):
    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    SCREENING = "SCREENING"
    IN_REVIEW = "IN_REVIEW"
    ACTION_REQUIRED = "ACTION_REQUIRED"
    APPROVED = "APPROVED"
    APPROVED_WITH_DUE = "APPROVED_WITH_DUE"
    REJECTED = "REJECTED"
    REVERIFY_DUE = "REVERIFY_DUE"
    RESTRICTED = "RESTRICTED"
    SUSPENDED = "SUSPENDED"
    CLOSED = "CLOSED"


_S = CaseState
APPROVED_STATES = frozenset({_S.APPROVED, _S.APPROVED_WITH_DUE, _S.REVERIFY_DUE, _S.RESTRICTED})
EDITABLE_STATES = frozenset({_S.DRAFT, _S.ACTION_REQUIRED})
OVER_STATES = frozenset({_S.REJECTED, _S.CLOSED})

_WORK: dict[CaseState, dict[str, CaseState]] = {
    _S.DRAFT: {"submit": _S.SUBMITTED, "return": _S.ACTION_REQUIRED},
    _S.ACTION_REQUIRED: {"submit": _S.SUBMITTED, "return": _S.ACTION_REQUIRED},
    _S.SUBMITTED: {"screen": _S.SCREENING},
    _S.SCREENING: {"queue": _S.IN_REVIEW},
    _S.IN_REVIEW: {
        "approve": _S.APPROVED,
        "approve with due": _S.APPROVED_WITH_DUE,
        "reject": _S.REJECTED,
        "request information": _S.ACTION_REQUIRED,
    },
    _S.APPROVED: {"demand reverification": _S.REVERIFY_DUE},
    _S.APPROVED_WITH_DUE: {"meet": _S.APPROVED, "demand reverification": _S.REVERIFY_DUE},
    _S.REVERIFY_DUE: {"reverify": _S.APPROVED, "lapse": _S.RESTRICTED},
    _S.RESTRICTED: {"reverify": _S.APPROVED},
}


def reinstatement(before: CaseState) -> str:
    """The verb that leads from SUSPENDED back to the state before."""
    return f"reinstate to {before.value}"


# Every live state can be suspended and closed; a suspended case returns to where it was.
CASES: StateTable[CaseState] = StateTable(
    "contractor",
    {state: {**verbs, "suspend": _S.SUSPENDED, "close": _S.CLOSED} for state, verbs in _WORK.items()}
    | {
        _S.SUSPENDED: {reinstatement(state): state for state in _WORK} | {"close": _S.CLOSED},
        _S.REJECTED: {"close": _S.CLOSED},
        _S.CLOSED: {},
    },
)
