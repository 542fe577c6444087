"""What happened to a contractor. One aggregate: reviews, payout methods and screenings speak in its sequence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from onboarding.domain.capabilities import CapabilityStatus
from onboarding.domain.case_states import CaseState
from onboarding.domain.payout_method import PayoutMethod
from onboarding.domain.profile import PersonType
from onboarding.domain.review import ReviewState
from onboarding.domain.screening import ScreeningState


@dataclass(frozen=True, slots=True)
class ContractorRegistered:
    country: str
    person_type: PersonType


@dataclass(frozen=True, slots=True)
class ContractorUpdated:
    country: str
    changed_fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ContractorStateChanged:
    """reason: free text for the history kept here; only the code leaves the service. None: before the first state."""

    from_state: CaseState | None
    to_state: CaseState
    reason_code: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CapabilitiesChanged:
    capabilities: tuple[CapabilityStatus, ...]


@dataclass(frozen=True, slots=True)
class PayoutMethodVerified:
    """Holds the account: the codec seals it before it leaves the process."""

    method: PayoutMethod


@dataclass(frozen=True, slots=True)
class PayoutMethodDisabled:
    method: PayoutMethod
    reason_code: str


@dataclass(frozen=True, slots=True)
class ContractorScreened:
    """requested_by: id of the payout run that asked, or "". list_versions: "list@version"."""

    result: ScreeningState
    list_versions: tuple[str, ...]
    screened_at: datetime
    requested_by: str = ""


@dataclass(frozen=True, slots=True)
class ReviewStateChanged:
    review_id: str
    state: ReviewState


@dataclass(frozen=True, slots=True)
class ContractorErased:
    """Every personal value of the contractor is gone for good."""


Event: TypeAlias = (
    ContractorRegistered | ContractorUpdated | ContractorStateChanged | CapabilitiesChanged | PayoutMethodVerified
    | PayoutMethodDisabled | ContractorScreened | ReviewStateChanged | ContractorErased
)  # fmt: skip
