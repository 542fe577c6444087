"""Client organisations: the tenants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from contracts.domain.events import Events, OrganisationCreated


@dataclass(frozen=True, slots=True)
class Organisation:
    id: str
    legal_name: str
    country: str
    external_id: str
    version: int
    created_at: datetime


def create(organisation_id: str, legal_name: str, country: str, external_id: str, now: datetime) -> tuple[Organisation, Events]:
    made = Organisation(organisation_id, legal_name, country, external_id, 1, now)
    return made, (OrganisationCreated(organisation_id, country),)
