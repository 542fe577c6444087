"""The contractor's case: every verb takes the case and returns it changed, with what happened."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chassis.errors import IllegalState

from onboarding.domain import capabilities, events
from onboarding.domain.capabilities import CapabilityStatus, Facts
from onboarding.domain.case_states import APPROVED_STATES, CASES, EDITABLE_STATES, OVER_STATES, CaseState, reinstatement
from onboarding.domain.party import Party
from onboarding.domain.profile import Profile
from onboarding.domain.requirements import Phase, Requirement, blocking
from onboarding.domain.screening import ScreeningCase


@dataclass(frozen=True, slots=True)
class Contractor:
    """organisation_id: whose caller registered it, "" for the platform. version: number of events so far, the etag. erased_at:
    since then the profile says no more than country and person type."""

    id: str
    organisation_id: str
    external_id: str
    state: CaseState
    profile: Profile
    capabilities: tuple[CapabilityStatus, ...]
    requirements: tuple[Requirement, ...]
    version: int
    created_at: datetime
    updated_at: datetime
    suspended_from: CaseState | None = None
    required_by: datetime | None = None
    erased_at: datetime | None = None


ASKED = "INFORMATION"  # code of a requirement in a reviewer's own words
Changed = tuple[Contractor, list[events.Event]]


def register(
    contractor_id: str, organisation_id: str, external_id: str, profile: Profile, requirements: tuple[Requirement, ...],
    facts: Facts, now: datetime,
) -> Changed:  # fmt: skip
    state = CaseState.DRAFT
    contractor = Contractor(contractor_id, organisation_id, external_id, state, profile, (), requirements, 0, now, now)
    happened: list[events.Event] = [
        events.ContractorRegistered(profile.country, profile.person_type),
        events.ContractorStateChanged(None, state, "REGISTERED"),
    ]
    return _settled(contractor, facts, happened)


def require_editable(contractor: Contractor) -> None:
    """Raises IllegalState unless the profile may be changed."""
    if contractor.state not in EDITABLE_STATES:
        raise IllegalState("contractor", contractor.state.value, "update", CASES.verbs(contractor.state))


def require_live(contractor: Contractor, verb: str) -> None:
    """Raises IllegalState when the case is over or suspended."""
    if contractor.state in OVER_STATES or contractor.state is CaseState.SUSPENDED:
        raise IllegalState("contractor", contractor.state.value, verb, CASES.verbs(contractor.state))


def was_approved(contractor: Contractor) -> bool:
    """Whether the case was approved before, suspended meanwhile or not."""
    return contractor.state in APPROVED_STATES or contractor.suspended_from in APPROVED_STATES


def update(contractor: Contractor, profile: Profile, changed: tuple[str, ...], requirements: tuple[Requirement, ...]) -> Changed:
    require_editable(contractor)
    updated = reassessed(replace(contractor, profile=profile), requirements)
    return updated, [events.ContractorUpdated(profile.country, changed)]


def reassessed(contractor: Contractor, requirements: tuple[Requirement, ...]) -> Contractor:
    """New findings while the case is filled in; what a reviewer asked for stays until it is handed in again."""
    asked = tuple(r for r in contractor.requirements if r.code == ASKED)
    return replace(contractor, requirements=(*requirements, *asked))


def submit(contractor: Contractor, requirements: tuple[Requirement, ...], facts: Facts) -> Changed:
    """SUBMITTED, or ACTION_REQUIRED with every defect."""
    defective = blocking(requirements)
    verb, code = ("return", "DEFECTS_FOUND") if defective else ("submit", "SUBMITTED")
    moved, happened = _move(replace(contractor, requirements=requirements), verb, code, "")
    return _settled(moved, facts, happened)


def screened(contractor: Contractor, case: ScreeningCase, facts: Facts, requested_by: str = "") -> Changed:
    """After a screening. A case that waits for it goes on to review; whatever it found counts for the capabilities at once."""
    happened: list[events.Event] = []
    if contractor.state is CaseState.SUBMITTED:
        contractor, first = _move(contractor, "screen", "CHECKS_STARTED", "")
        contractor, second = _move(contractor, "queue", "REVIEW_OPENED", "")
        happened += first + second
    happened.append(screening_event(case, requested_by))
    return _settled(contractor, facts, happened)


def screening_event(case: ScreeningCase, requested_by: str = "") -> events.ContractorScreened:
    versions = tuple(sorted(f"{v.list_id}@{v.version[:12]}" for v in case.lists))
    return events.ContractorScreened(case.state, versions, case.screened_at, requested_by)


def approve(contractor: Contractor, facts: Facts, reason: str, now: datetime) -> Changed:
    """APPROVED, or APPROVED_WITH_DUE with the day on which the first later requirement falls due."""
    later = [r for r in contractor.requirements if r.phase is Phase.EVENTUALLY_DUE]
    if not later:
        moved, happened = _move(contractor, "approve", "APPROVED", reason)
        return _settled(moved, facts, happened)
    dated = tuple(replace(r, due_at=now + timedelta(days=r.due_days)) if r in later else r for r in contractor.requirements)
    moved, happened = _move(contractor, "approve with due", "APPROVED_WITH_DUE", reason)
    required_by = now + timedelta(days=min(r.due_days for r in later))
    return _settled(replace(moved, requirements=dated, required_by=required_by), facts, happened)


def reject(contractor: Contractor, facts: Facts, reason: str) -> Changed:
    moved, happened = _move(contractor, "reject", "REJECTED", reason)
    return _settled(moved, facts, happened)


def request_information(contractor: Contractor, facts: Facts, message: str) -> Changed:
    """ACTION_REQUIRED; what is asked stands among the requirements until the next submission."""
    asked = Requirement(ASKED, message, (), Phase.CURRENTLY_DUE, tuple(capabilities.Capability), Party.CONTRACTOR)
    moved, happened = _move(contractor, "request information", "INFORMATION_REQUESTED", message)
    return _settled(replace(moved, requirements=(*moved.requirements, asked)), facts, happened)


def suspend(contractor: Contractor, facts: Facts, reason: str) -> Changed:
    moved, happened = _move(contractor, "suspend", "SUSPENDED", reason)
    return _settled(replace(moved, suspended_from=contractor.state), facts, happened)


def reinstate(contractor: Contractor, facts: Facts, reason: str) -> Changed:
    """Back to the state before the suspension."""
    verb = reinstatement(contractor.suspended_from) if contractor.suspended_from else "reinstate"
    moved, happened = _move(contractor, verb, "REINSTATED", reason)
    return _settled(replace(moved, suspended_from=None), facts, happened)


def close(contractor: Contractor, facts: Facts, reason: str) -> Changed:
    moved, happened = _move(contractor, "close", "CLOSED", reason)
    return _settled(replace(moved, suspended_from=None), facts, happened)


def refresh(contractor: Contractor, facts: Facts) -> Changed:
    """Capabilities after one of their facts changed; no event when they stay as they are."""
    return _settled(contractor, facts, [])


def _move(contractor: Contractor, verb: str, code: str, reason: str) -> Changed:
    target = CASES.next(contractor.state, verb)
    event = events.ContractorStateChanged(contractor.state, target, code, reason)
    return replace(contractor, state=target), [event]


def _settled(contractor: Contractor, facts: Facts, happened: list[events.Event]) -> Changed:
    current = capabilities.evaluate(contractor.state, contractor.suspended_from, facts)
    if current == contractor.capabilities:
        return contractor, happened
    return replace(contractor, capabilities=current), [*happened, events.CapabilitiesChanged(current)]
