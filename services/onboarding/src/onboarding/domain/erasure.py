"""When a contractor may be erased, and what proves that it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chassis.errors import IllegalState, Precondition, PreconditionFailed

from onboarding.domain.case_states import OVER_STATES
from onboarding.domain.contractor import Changed, Contractor
from onboarding.domain.events import ContractorErased
from onboarding.domain.profile import Profile

# Directive (EU) 2015/849, article 40(1): five years after the business relationship ended. Two of five years may be leap years.
FIVE_YEARS = timedelta(days=5 * 365 + 2)


@dataclass(frozen=True, slots=True)
class LegalHold:
    """until: None until it is released. reason: personal data, for it may name people."""

    id: str
    contractor_id: str
    reason: str
    placed_by: str
    placed_at: datetime
    until: datetime | None = None
    released_by: str = ""
    released_at: datetime | None = None

    def holds(self, now: datetime) -> bool:
        return self.released_at is None and (self.until is None or self.until > now)


@dataclass(frozen=True, slots=True)
class Removed:
    """rows: how many were deleted or emptied, by table. digest: SHA-256 over what they held, sealed as it was."""

    rows: Mapping[str, int]
    digest: bytes


@dataclass(frozen=True, slots=True)
class ErasureProof:
    """reason: a code or a reference that names nobody. jws: the signed form, "" before it was signed."""

    contractor_id: str
    erased_at: datetime
    actor: str
    reason: str
    removed: Removed
    jws: str = ""


def erase(contractor: Contractor, now: datetime) -> Changed:
    """The case without a person: state, capabilities and steps stay."""
    nobody = Profile("", contractor.profile.person_type, contractor.profile.country)
    erased = replace(contractor, profile=nobody, external_id="", requirements=(), required_by=None, erased_at=now)
    return erased, [ContractorErased()]


def require_not_erased(contractor: Contractor, verb: str) -> None:
    """Raises IllegalState."""
    if contractor.erased_at is not None:
        raise IllegalState("contractor", "ERASED", verb, ())


def require_erasable(
    contractor: Contractor, holds: Sequence[LegalHold], over_since: datetime | None, retention: timedelta, now: datetime
) -> None:
    """Raises IllegalState when it was done before, PreconditionFailed with every blocker. over_since: when the case ended."""
    require_not_erased(contractor, "erase")
    blockers = [_hold(hold) for hold in holds if hold.holds(now)]
    if contractor.state not in OVER_STATES:
        text = f"the case is {contractor.state}: reject or close it first"
        blockers.append(Precondition("CASE_NOT_OVER", contractor.id, text))
    elif over_since is not None and over_since + retention > now:
        until = (over_since + retention).isoformat(timespec="seconds")
        text = f"the records are to be kept for {retention.days} days after the end of the case: until {until}"
        blockers.append(Precondition("RETENTION_RUNS", contractor.id, text))
    if blockers:
        raise PreconditionFailed(blockers)


def _hold(hold: LegalHold) -> Precondition:
    until = f" until {hold.until.isoformat(timespec='seconds')}" if hold.until else ""
    return Precondition("LEGAL_HOLD", hold.id, f"the legal hold {hold.id} is on it{until}: release it first")
