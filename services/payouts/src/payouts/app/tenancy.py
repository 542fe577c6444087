"""A caller of one organisation sees that organisation only: another's resource does not exist for it."""

from uuid import UUID

from chassis.errors import NotFound
from chassis.ids import encode

from payouts.app.ports import UnitOfWork


def require(uow: UnitOfWork, organisation_id: UUID, kind: str, resource_id: str) -> None:
    """Raises NotFound."""
    if uow.organisation_id and uow.organisation_id != encode("org", organisation_id):
        raise NotFound(kind, resource_id)


def require_contractor(uow: UnitOfWork, contractor_id: UUID) -> None:
    """A contractor acts for itself only. Raises NotFound."""
    asked = encode("contractor", contractor_id)
    if uow.contractor_id not in ("", asked):
        raise NotFound("contractor", asked)
