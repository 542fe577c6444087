"""What onboarding lets a contractor do; kept from its events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chassis.errors import PreconditionFailed

SIGN_CONTRACT = "SIGN_CONTRACT"
SUBMIT_WORK = "SUBMIT_WORK"
ACTIVE = "ACTIVE"


@dataclass(frozen=True, slots=True)
class CapabilityStatus:
    state: str
    reason_code: str = ""


def require(capabilities: Mapping[str, CapabilityStatus], wanted: str, contractor_id: str) -> None:
    """Raises PreconditionFailed CAPABILITY_MISSING that says what the capability waits for."""
    status = capabilities.get(wanted, CapabilityStatus("PENDING", "NOT_ONBOARDED"))
    if status.state != ACTIVE:
        why = f" ({status.reason_code})" if status.reason_code else ""
        raise PreconditionFailed.one("CAPABILITY_MISSING", contractor_id, f"{wanted} is {status.state}{why}")
