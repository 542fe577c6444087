"""A restored backup brings back what was erased since: everybody in the register is erased again."""

from __future__ import annotations

from uuid import UUID

from contracts.app.ports import UnitOfWork

BATCH = 500


async def erase_again(uow: UnitOfWork, after: UUID | None) -> UUID | None:
    """A batch, behind `after`; the last one of it, None at the end."""
    await uow.erasure.sweep_keys()
    erased = await uow.erasure.registered(after, BATCH)
    if not erased:
        return None
    await uow.erasure.clear(erased)
    return erased[-1]
