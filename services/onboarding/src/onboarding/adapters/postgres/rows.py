"""Between rows and domain objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from chassis import ids
from chassis.db.statements import Statements

from onboarding.domain.capabilities import CapabilityStatus
from onboarding.domain.case_states import CaseState
from onboarding.domain.contractor import ASKED, Contractor
from onboarding.domain.payout_method import Account, MethodState, NameMatch, PayoutMethod
from onboarding.domain.profile import PersonType, Profile
from onboarding.domain.requirements import Requirement
from onboarding.domain.review import Review, ReviewKind, ReviewState, Risk

sql = Statements("onboarding.adapters.postgres")


Opened = Mapping[str, bytes | None]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a transaction knows of its caller: whom it acts for, actor, moment."""

    organisation_id: str
    contractor_id: str
    tenant: str
    actor: str
    now: datetime


def organisation(value: UUID | None) -> str:
    return ids.encode("org", value) if value else ""


def organisation_key(organisation_id: str) -> UUID | None:
    return ids.raw(organisation_id) if organisation_id else None


def contractor(row: Any, opened: Opened) -> Contractor:
    return Contractor(
        id=ids.encode("contractor", row["id"]), organisation_id=organisation(row["organisation_id"]),
        external_id=row["external_id"], state=CaseState(row["state"]), profile=_profile(row, opened),
        capabilities=msgspec.convert(row["capabilities"], tuple[CapabilityStatus, ...]),
        requirements=_asked(msgspec.convert(row["requirements"], tuple[Requirement, ...]), opened.get("request")),
        version=row["version"], created_at=row["created_at"], updated_at=row["updated_at"],
        suspended_from=CaseState(row["suspended_from"]) if row["suspended_from"] else None, required_by=row["required_by"],
        erased_at=row["erased_at"],
    )  # fmt: skip


def _profile(row: Any, opened: Opened) -> Profile:
    """What the caller may see of it: whole, the name alone, or nothing of somebody who was erased."""
    if document := opened.get("profile"):
        return msgspec.json.decode(document, type=Profile)
    name = msgspec.json.decode(document, type=str) if (document := opened.get("name")) else ""
    return Profile(name, PersonType(row["person_type"]), row["country"])


def _asked(requirements: tuple[Requirement, ...], words: bytes | None) -> tuple[Requirement, ...]:
    """With the reviewers' own words, which lie sealed beside."""
    texts = iter(msgspec.json.decode(words, type=list[str]) if words else ())
    return tuple(replace(r, description=next(texts, "")) if r.code == ASKED else r for r in requirements)


def without_words(requirements: Sequence[Requirement]) -> tuple[Requirement, ...]:
    return tuple(replace(r, description="") if r.code == ASKED else r for r in requirements)


def words(requirements: Sequence[Requirement]) -> list[str]:
    return [r.description for r in requirements if r.code == ASKED]


NO_ACCOUNT = Account("", "", {})


def payout_method(row: Any, opened: Opened) -> PayoutMethod:
    document = opened.get("account")
    account = msgspec.json.decode(document, type=Account) if document else NO_ACCOUNT
    return PayoutMethod(
        id=ids.encode("method", row["id"]), contractor_id=ids.encode("contractor", row["contractor_id"]),
        state=MethodState(row["state"]), country=row["country"], currency=row["currency"], version=row["version"],
        current=row["current"], account=account, created_at=row["created_at"], usable_from=row["usable_from"],
        name_match=NameMatch(row["name_match"]), purpose_code=row["purpose_code"], partner_bank=row["partner_bank"],
        bic=row["bic"], bank_name=row["bank_name"], suspected=row["suspected"],
    )  # fmt: skip


def review(row: Any, opened: Opened) -> Review:
    return Review(
        id=ids.encode("review", row["id"]), contractor_id=ids.encode("contractor", row["contractor_id"]),
        kind=ReviewKind(row["kind"]), state=ReviewState(row["state"]), priority=row["priority"],
        risk_reasons=tuple(Risk(reason) for reason in row["risk_reasons"]), due_at=row["due_at"], created_at=row["created_at"],
        claimed_by=row["claimed_by"], first_approved_by=row["first_approved_by"], decided_by=row["decided_by"],
        decision_reason=(opened.get("decision_reason") or b"").decode(), decided_at=row["decided_at"], version=row["version"],
    )  # fmt: skip


def affected(status: str) -> int:
    """Number of rows of a command tag such as "UPDATE 3"."""
    return int(status.rpartition(" ")[2])
