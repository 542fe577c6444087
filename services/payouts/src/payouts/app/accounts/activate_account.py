"""The partner bank lifts the debit block of an opened account."""

from uuid import UUID

from payouts.app.ports import UnitOfWork
from payouts.domain.accounts import model
from payouts.domain.accounts.model import Account


async def activate_account(uow: UnitOfWork, account_id: UUID) -> Account:
    account, event = model.move(await uow.accounts.lock(account_id), "activate", "activated by the bank", uow.now)
    await uow.accounts.save([account], [], [event])
    return account
