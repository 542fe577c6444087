"""Applies for an account at a partner bank for a contractor whose payout method lies there."""

from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

from chassis.errors import InvalidFields, PreconditionFailed
from chassis.ids import encode, raw

from payouts.app import tenancy
from payouts.app.ports import Calendar, UnitOfWork
from payouts.domain.accounts.model import Account, AccountMoved, AccountState

DECISION_DAYS = 2


@dataclass(frozen=True, slots=True)
class ApplyForAccount:
    contractor_id: UUID
    bank: str
    currency: str


async def apply_for_account(uow: UnitOfWork, command: ApplyForAccount, banks: frozenset[str], calendar: Calendar) -> Account:
    tenancy.require_contractor(uow, command.contractor_id)
    if command.bank not in banks:
        raise InvalidFields.one("bank", f"no such partner bank; there are: {', '.join(sorted(banks))}", "UNKNOWN_BANK")
    if await uow.payees.partner_bank(command.contractor_id, command.currency) != command.bank:
        raise PreconditionFailed.one(
            "PAYOUT_METHOD_ELSEWHERE", encode("contractor", command.contractor_id),
            "the contractor has no current payout method at this bank in this currency: add one with partner_bank set",
        )  # fmt: skip
    due_day = calendar.add_business_days(command.currency, uow.now.date(), DECISION_DAYS)
    account_id = uow.ids.new("account")
    account = Account(
        raw(account_id), command.contractor_id, command.bank, command.currency, f"KA-{account_id[-12:].upper()}",
        AccountState.APPLIED, 0, datetime.combine(due_day, time(23, 59, 59), uow.now.tzinfo), 1, uow.now, uow.now,
    )  # fmt: skip
    await uow.accounts.add(account)
    await uow.accounts.save([], [], [AccountMoved(account, "", "applied for")])
    return account
