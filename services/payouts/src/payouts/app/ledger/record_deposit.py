"""Records money that arrived on a funding account, once per bank reference."""

from dataclasses import dataclass, replace
from uuid import UUID

from chassis.errors import InvalidFields, Violation
from chassis.ids import encode, raw

from payouts.app import tenancy
from payouts.app.ports import UnitOfWork
from payouts.domain.funding import BalanceChanged, FundingAccount
from payouts.domain.ledger import entries


@dataclass(frozen=True, slots=True)
class RecordDeposit:
    funding_account_id: UUID
    amount_minor: int
    currency: str
    bank_reference: str


async def record_deposit(uow: UnitOfWork, command: RecordDeposit) -> FundingAccount:
    account = await uow.funding.get(command.funding_account_id, lock=True)
    tenancy.require(uow, account.organisation_id, "funding account", encode("funding", account.id))
    found = []
    if command.amount_minor <= 0:
        found.append(Violation("amount.amount_minor", "must be above zero", "AMOUNT_NOT_POSITIVE"))
    if command.currency != account.currency:
        found.append(Violation("amount.currency", f"must be the account's, {account.currency}", "CURRENCY_DIFFERS"))
    if found:
        raise InvalidFields(found)
    account = replace(account, version=account.version + 1)
    deposit = uow.ids.new("deposit")
    await uow.funding.add_deposit(raw(deposit), account, command.amount_minor, command.bank_reference)
    await uow.ledger.post([entries.deposit(raw(deposit), account.ledger, deposit, command.amount_minor)])
    await uow.funding.publish(BalanceChanged(account, command.amount_minor, command.bank_reference))
    return await uow.funding.get(account.id)
