"""Creates a client organisation."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.errors import PermissionDenied

from contracts.app.ports import UnitOfWork
from contracts.domain import organisation
from contracts.domain.organisation import Organisation


@dataclass(frozen=True, slots=True)
class CreateOrganisation:
    legal_name: str
    country: str
    external_id: str


async def create_organisation(uow: UnitOfWork, command: CreateOrganisation) -> Organisation:
    if uow.organisation_id:
        raise PermissionDenied("a token of one organisation cannot create another")
    made, events = organisation.create(uow.ids.new("org"), command.legal_name, command.country, command.external_id, uow.now)
    await uow.organisations.add(made, events)
    return made
