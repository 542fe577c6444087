"""Everything held about a contractor."""

from __future__ import annotations

from onboarding.app.personal_ports import Export
from onboarding.app.ports import UnitOfWork


async def export_contractor(uow: UnitOfWork, contractor_id: str) -> Export:
    """Raises NotFound: a contractor gets itself only."""
    return await uow.exports.collect(await uow.contractors.get(contractor_id))
