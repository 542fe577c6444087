"""A caller of one organisation sees that organisation only: another's resource does not exist for it."""

from uuid import UUID

from chassis.errors import NotFound
from chassis.ids import encode

from payouts.app.ports import UnitOfWork


def require(uow: UnitOfWork, organisation_id: UUID, kind: str, resource_id: str) -> None:
    """Raises NotFound."""
    if uow.organisation_id and uow.organisation_id != encode("org", organisation_id):
        raise NotFound(kind, resource_id)
