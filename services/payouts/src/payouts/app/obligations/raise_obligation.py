"""What is owed for an approved invoice: one obligation per invoice, for ever."""

from payouts.app.ports import UnitOfWork
from payouts.domain.obligations.model import NewObligation


async def raise_obligation(uow: UnitOfWork, new: NewObligation) -> None:
    """An invoice that has its obligation already changes nothing: a returned payment is tried again on the same one."""
    await uow.obligations.add(new)
