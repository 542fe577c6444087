"""Keeps what onboarding tells of a contractor, as far as paying them needs it."""

from datetime import datetime
from uuid import UUID

from payouts.app.ports import PayeeMethod, UnitOfWork


async def keep_state(uow: UnitOfWork, contractor_id: UUID, state: str) -> None:
    await uow.payees.keep_state(contractor_id, state)


async def keep_capability(uow: UnitOfWork, contractor_id: UUID, state: str, reason_code: str) -> None:
    """The capability RECEIVE_PAYOUT."""
    await uow.payees.keep_capability(contractor_id, state, reason_code)


async def keep_method(uow: UnitOfWork, method: PayeeMethod) -> None:
    """It replaces the one before of the same currency."""
    await uow.payees.keep_method(method)


async def disable_method(uow: UnitOfWork, method_id: UUID) -> None:
    await uow.payees.disable_method(method_id)


async def keep_screening(uow: UnitOfWork, contractor_id: UUID, result: str, at: datetime, run_id: UUID | None) -> None:
    """`run_id`: the run that asked, None for a screening of another cause."""
    await uow.payees.keep_screening(contractor_id, result, at, run_id)
