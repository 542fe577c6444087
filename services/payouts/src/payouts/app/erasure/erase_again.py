"""A restored backup brings back what was erased since: everybody in the register is erased again.

The database's own register may be as old as the backup. Onboarding's lies in Kafka, out of its reach."""

from collections.abc import Collection
from uuid import UUID

from payouts.app.ports import UnitOfWork

BATCH = 500


async def erase_again(uow: UnitOfWork, after: UUID | None) -> UUID | None:
    """A batch, behind `after`; the last one of it, None at the end."""
    if after is None:
        await uow.erasure.sweep_keys()
    erased = await uow.erasure.registered(after, BATCH)
    if not erased:
        return None
    await uow.erasure.clear(erased)
    return erased[-1]


async def erase_registered(uow: UnitOfWork, contractor_ids: Collection[UUID]) -> int:
    """Erases those whom onboarding's register names and our own does not; returns how many."""
    forgotten = await uow.erasure.unregistered(contractor_ids)
    if forgotten:
        await uow.erasure.destroy_keys(forgotten)
        await uow.erasure.clear(forgotten)
    return len(forgotten)
