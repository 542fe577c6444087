"""An obligation by its id or its invoice's: whichever was asked is all that the answer to a stranger repeats."""

from uuid import UUID

from chassis.ids import encode

from payouts.app import tenancy
from payouts.app.ports import UnitOfWork
from payouts.domain.obligations.model import Obligation


async def find_obligation(uow: UnitOfWork, obligation_id: UUID | None, invoice_id: UUID | None) -> Obligation:
    """Raises NotFound, also for an obligation of another organisation than the caller's."""
    obligation = await uow.obligations.get(obligation_id=obligation_id, invoice_id=invoice_id)
    asked = encode("obligation", obligation_id) if obligation_id else encode("invoice", obligation.invoice_id)
    tenancy.require(uow, obligation.organisation_id, "obligation", asked)
    return obligation
