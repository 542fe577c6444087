"""Erases a contractor: banks' words die with its key; bank details, what onboarding told and stored replies are deleted.

The ledger, bank files and credits stay, as books must: docs/decisions/0014. Lines that are not in a file yet are held."""

from uuid import UUID

from payouts.app.ports import UnitOfWork


async def erase_contractor(uow: UnitOfWork, contractor_id: UUID) -> None:
    """May be repeated."""
    await uow.erasure.destroy_keys([contractor_id])
    await uow.erasure.clear([contractor_id])
