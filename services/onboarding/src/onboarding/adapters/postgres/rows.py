"""Between rows and domain objects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from chassis import ids
from chassis.db.statements import Statements

from onboarding.domain.capabilities import CapabilityStatus
from onboarding.domain.case_states import CaseState
from onboarding.domain.contractor import Contractor
from onboarding.domain.payout_method import Account, MethodState, NameMatch, PayoutMethod
from onboarding.domain.profile import Profile
from onboarding.domain.requirements import Requirement
from onboarding.domain.review import Review, ReviewKind, ReviewState, Risk

sql = Statements("onboarding.adapters.postgres")


@dataclass(frozen=True, slots=True)
class Scope:
    """What a transaction knows of its caller: tenant, actor, moment."""

    organisation_id: str
    actor: str
    now: datetime


def contractor(row: Any) -> Contractor:
    return Contractor(
        id=ids.encode("contractor", row["id"]), organisation_id=row["organisation_id"], external_id=row["external_id"],
        state=CaseState(row["state"]), profile=msgspec.convert(row["profile"], Profile),
        capabilities=msgspec.convert(row["capabilities"], tuple[CapabilityStatus, ...]),
        requirements=msgspec.convert(row["requirements"], tuple[Requirement, ...]), version=row["version"],
        created_at=row["created_at"], updated_at=row["updated_at"],
        suspended_from=CaseState(row["suspended_from"]) if row["suspended_from"] else None, required_by=row["required_by"],
    )  # fmt: skip


def payout_method(row: Any) -> PayoutMethod:
    return PayoutMethod(
        id=ids.encode("method", row["id"]), contractor_id=ids.encode("contractor", row["contractor_id"]),
        state=MethodState(row["state"]), country=row["country"], currency=row["currency"], version=row["version"],
        current=row["current"], account=msgspec.convert(row["account"], Account), created_at=row["created_at"],
        usable_from=row["usable_from"], name_match=NameMatch(row["name_match"]), purpose_code=row["purpose_code"],
        partner_bank=row["partner_bank"], bic=row["bic"], bank_name=row["bank_name"],
    )  # fmt: skip


def review(row: Any) -> Review:
    return Review(
        id=ids.encode("review", row["id"]), contractor_id=ids.encode("contractor", row["contractor_id"]),
        kind=ReviewKind(row["kind"]), state=ReviewState(row["state"]), priority=row["priority"],
        risk_reasons=tuple(Risk(reason) for reason in row["risk_reasons"]), due_at=row["due_at"], created_at=row["created_at"],
        claimed_by=row["claimed_by"], first_approved_by=row["first_approved_by"], decided_by=row["decided_by"],
        decision_reason=row["decision_reason"], decided_at=row["decided_at"], version=row["version"],
    )  # fmt: skip


def affected(status: str) -> int:
    """Number of rows of a command tag such as "UPDATE 3"."""
    return int(status.rpartition(" ")[2])
