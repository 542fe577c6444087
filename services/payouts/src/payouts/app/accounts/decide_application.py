"""The partner bank opens an account or declines the application."""

from uuid import UUID

from payouts.app.ports import UnitOfWork
from payouts.domain.accounts import model
from payouts.domain.accounts.model import Account


async def decide_application(uow: UnitOfWork, account_id: UUID, opens: bool, reason: str) -> Account:
    account, events = model.decide(await uow.accounts.lock(account_id), opens, reason, uow.now)
    await uow.accounts.save([account], [], events)
    return account
