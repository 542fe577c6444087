"""States of what is owed and of each try to pay it."""

from enum import StrEnum

from chassis.states import StateTable


class ObligationState(StrEnum):
    OPEN = "OPEN"
    SCHEDULED = "SCHEDULED"
    IN_FLIGHT = "IN_FLIGHT"
    PAID = "PAID"
    SHORT_PAID = "SHORT_PAID"
    CANCELLED = "CANCELLED"


class AttemptState(StrEnum):
    PLANNED = "PLANNED"
    HELD = "HELD"
    READY = "READY"
    QUOTED = "QUOTED"
    RESERVED = "RESERVED"
    SUBMITTING = "SUBMITTING"
    ACCEPTED = "ACCEPTED"
    CREDITED = "CREDITED"
    RETURNED = "RETURNED"
    RECALLED = "RECALLED"
    REJECTED = "REJECTED"
    UNKNOWN = "UNKNOWN"
    CANCELLED = "CANCELLED"


_O, _A = ObligationState, AttemptState

OBLIGATIONS = StateTable(
    "obligation",
    {
        _O.OPEN: {"schedule": _O.SCHEDULED, "cancel": _O.CANCELLED},
        # paid, in full or short, without being submitted: a top-up that is not sent leaves what was credited before it
        _O.SCHEDULED: {"submit": _O.IN_FLIGHT, "release": _O.OPEN, "pay": _O.PAID, "pay_short": _O.SHORT_PAID},
        _O.IN_FLIGHT: {"pay": _O.PAID, "pay_short": _O.SHORT_PAID, "release": _O.OPEN},
        _O.PAID: {"pay_short": _O.SHORT_PAID, "release": _O.OPEN},
        _O.SHORT_PAID: {"schedule": _O.SCHEDULED, "pay": _O.PAID, "release": _O.OPEN},
    },
)

# What the bank says later outranks what was guessed before: an entry credits a try that is still SUBMITTING or UNKNOWN.
_BANK_SPEAKS = {"accept": _A.ACCEPTED, "credit": _A.CREDITED, "reject": _A.REJECTED}

ATTEMPTS = StateTable(
    "attempt",
    {
        _A.PLANNED: {"hold": _A.HELD, "make_ready": _A.READY, "cancel": _A.CANCELLED},
        _A.HELD: {"cancel": _A.CANCELLED},
        _A.READY: {"hold": _A.HELD, "reserve": _A.RESERVED, "cancel": _A.CANCELLED},
        _A.RESERVED: {"hold": _A.HELD, "submit": _A.SUBMITTING, "cancel": _A.CANCELLED},
        _A.SUBMITTING: {**_BANK_SPEAKS, "lose_sight": _A.UNKNOWN},
        _A.ACCEPTED: {"credit": _A.CREDITED, "reject": _A.REJECTED, "lose_sight": _A.UNKNOWN},
        _A.UNKNOWN: _BANK_SPEAKS,
        _A.CREDITED: {"return": _A.RETURNED},
    },
)

# An obligation has at most one live try, besides those credited short that are topped up: so says the index attempt_one_live.
NOT_LIVE = frozenset({_A.REJECTED, _A.RETURNED, _A.RECALLED, _A.CANCELLED})
# With one of these a line of a run has its outcome; UNKNOWN never has.
OUTCOMES = NOT_LIVE | {_A.CREDITED}
# With the bank, or perhaps with it.
AT_BANK = frozenset({_A.SUBMITTING, _A.ACCEPTED, _A.UNKNOWN})
