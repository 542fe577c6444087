"""Registers an account an organisation pays from, with its three ledger accounts. That another organisation has registered it
too is told to the platform's people, who let the money of one of them in, and not to either."""

from dataclasses import dataclass
from uuid import UUID

from chassis.errors import InvalidFields, Violation
from chassis.ids import encode, raw
from chassis.money import exponent

from payouts.app import tenancy
from payouts.app.ports import UnitOfWork
from payouts.domain.funding import BalanceChanged, FundingAccount

_SHORTEST_IBAN = 15  # Norway's


@dataclass(frozen=True, slots=True)
class RegisterFundingAccount:
    """`account`: IBAN, or an account number of a country without."""

    organisation_id: UUID
    bank: str
    account: str
    bic: str
    currency: str
    holder_name: str


def is_iban_like(account: str) -> bool:
    """Begins with a country and check digits (ISO 13616); account numbers of countries without IBANs are digits."""
    return account[:2].isalpha() and account[2:4].isdigit()


async def register_funding_account(uow: UnitOfWork, command: RegisterFundingAccount, banks: frozenset[str]) -> FundingAccount:
    tenancy.require(uow, command.organisation_id, "organisation", encode("org", command.organisation_id))
    _check(command, banks)
    funding_id = uow.ids.new("funding")
    organisation = encode("org", command.organisation_id)
    number = funding_id.rpartition("_")[2]
    paths = {
        "bank": (f"bank:{command.bank}:{number}:{command.currency}", False),
        "settlement": (f"client:{organisation}:settlement:{number}:{command.currency}", True),
        "in_transit": (f"client:{organisation}:in-transit:{number}:{command.currency}", False),
    }
    opened = {
        name: await uow.ledger.open_account(path, command.currency, command.organisation_id, guarded)
        for name, (path, guarded) in paths.items()
    }
    account = FundingAccount(
        raw(funding_id), command.organisation_id, command.bank, command.account, command.bic, command.currency,
        command.holder_name, opened["bank"], opened["settlement"], opened["in_transit"], 1, uow.now,
    )  # fmt: skip
    await uow.funding.add(account)
    async with uow.consequence():
        await uow.funding.tell_of_claims(account)
    await uow.funding.publish(BalanceChanged(account, 0, ""))
    return account


def _check(command: RegisterFundingAccount, banks: frozenset[str]) -> None:
    found = []
    if command.bank not in banks:
        found.append(Violation("bank", f"no such bank connection; configured: {', '.join(sorted(banks))}", "UNKNOWN_BANK"))
    if not command.bic:
        found.append(Violation("bic", "is needed: payment files name the debtor's bank by it", "REQUIRED"))
    if is_iban_like(command.account):
        turned = command.account[4:] + command.account[:4]
        if len(turned) < _SHORTEST_IBAN or int("".join(str(int(char, 36)) for char in turned)) % 97 != 1:
            found.append(
                Violation("account", "looks like an IBAN but is too short or fails its check digits", "IBAN_CHECK_DIGITS")
            )
    try:
        exponent(command.currency)
    except InvalidFields as error:
        found += error.violations
    if found:
        raise InvalidFields(found)
