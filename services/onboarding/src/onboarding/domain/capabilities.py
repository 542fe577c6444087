"""What a contractor may do now. One pure function decides it from the facts; nothing else sets a capability."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from onboarding.domain.case_states import APPROVED_STATES, CaseState
from onboarding.domain.codes import CAPABILITY_REASONS
from onboarding.domain.party import Party
from onboarding.domain.screening import ScreeningState


class Capability(StrEnum):
    SIGN_CONTRACT = "SIGN_CONTRACT"
    SUBMIT_WORK = "SUBMIT_WORK"
    RECEIVE_PAYOUT = "RECEIVE_PAYOUT"
    RECEIVE_FX = "RECEIVE_FX"


PAYING = (Capability.RECEIVE_PAYOUT, Capability.RECEIVE_FX)


class CapabilityState(StrEnum):
    ACTIVE = "ACTIVE"
    PENDING = "PENDING"
    RESTRICTED = "RESTRICTED"
    UNSUPPORTED = "UNSUPPORTED"


@dataclass(frozen=True, slots=True)
class CapabilityStatus:
    capability: Capability
    state: CapabilityState
    reason_code: str = ""
    who_acts: Party | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides beside the state of the case. screening: None before the first one. hit_under_review: every hit may be
    decided, but the second approval is missing. no_watchlist: the screening is an ERROR because there is no list at all."""

    has_payout_method: bool
    screening: ScreeningState | None
    unsupported: frozenset[Capability] = frozenset()
    hit_under_review: bool = False
    no_watchlist: bool = False


_BEFORE_APPROVAL = {
    CaseState.DRAFT: "CASE_NOT_SUBMITTED",
    CaseState.ACTION_REQUIRED: "ACTION_REQUIRED",
    CaseState.SUBMITTED: "CASE_IN_CHECKS",
    CaseState.SCREENING: "CASE_IN_CHECKS",
    CaseState.IN_REVIEW: "CASE_IN_REVIEW",
}
_OVER = {CaseState.REJECTED: "CASE_REJECTED", CaseState.CLOSED: "CASE_CLOSED"}


def evaluate(state: CaseState, suspended_from: CaseState | None, facts: Facts) -> tuple[CapabilityStatus, ...]:
    """The complete set, in the order of `Capability`."""
    return tuple(_status(capability, state, suspended_from, facts) for capability in Capability)


def _status(capability: Capability, state: CaseState, suspended_from: CaseState | None, facts: Facts) -> CapabilityStatus:
    if capability in facts.unsupported:
        return _because(capability, CapabilityState.UNSUPPORTED, "NOT_OFFERED")
    if code := _OVER.get(state):
        return _because(capability, CapabilityState.RESTRICTED, code)
    if state is CaseState.SUSPENDED:
        # Work under way goes on accruing: only what binds anew or moves money stops.
        if capability is Capability.SUBMIT_WORK and suspended_from in APPROVED_STATES:
            return CapabilityStatus(capability, CapabilityState.ACTIVE)
        return _because(capability, CapabilityState.RESTRICTED, "CASE_SUSPENDED")
    if waiting := _BEFORE_APPROVAL.get(state):
        return _because(capability, CapabilityState.PENDING, waiting)
    if capability in PAYING:
        return _paying(capability, state, facts)
    return CapabilityStatus(capability, CapabilityState.ACTIVE)


def _because(capability: Capability, state: CapabilityState, code: str) -> CapabilityStatus:
    return CapabilityStatus(capability, state, code, CAPABILITY_REASONS[code][1])


def _paying(capability: Capability, state: CaseState, facts: Facts) -> CapabilityStatus:
    if facts.hit_under_review or facts.screening in (ScreeningState.IN_REVIEW, ScreeningState.CONFIRMED):
        return _because(capability, CapabilityState.RESTRICTED, "SCREENING_HIT")
    if facts.screening is not ScreeningState.NO_HIT:
        # fail closed: a screening that could not be done clears nobody
        code = "NO_WATCHLIST" if facts.no_watchlist else "SCREENING_INCOMPLETE"
        return _because(capability, CapabilityState.RESTRICTED, code)
    if state is CaseState.RESTRICTED:
        return _because(capability, CapabilityState.RESTRICTED, "REVERIFICATION_OVERDUE")
    if not facts.has_payout_method:
        return _because(capability, CapabilityState.PENDING, "PAYOUT_METHOD_MISSING")
    return CapabilityStatus(capability, CapabilityState.ACTIVE)
