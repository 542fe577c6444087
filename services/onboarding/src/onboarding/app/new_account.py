"""A bank account as it was given, checked, and made into a payout method."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chassis.errors import InvalidFields, Violation

from onboarding.app.ports import Checks, UnitOfWork
from onboarding.domain.contractor import Contractor
from onboarding.domain.payout_method import Account, MethodState, PayoutMethod


@dataclass(frozen=True, slots=True)
class NewAccount:
    """holder_name: empty for the contractor's legal name. fields: as the requirements of the route name them."""

    country: str
    currency: str
    holder_name: str
    fields: Mapping[str, str]
    purpose_code: str = ""
    partner_bank: str = ""


async def new_method(uow: UnitOfWork, checks: Checks, contractor: Contractor, given: NewAccount) -> PayoutMethod:
    """The next version of its currency, PENDING. Raises InvalidFields with every wrong field."""
    check = checks.accounts.check(given.country, given.currency, given.fields)
    if check.account is None:
        raise InvalidFields([Violation(_path(v.field), v.message, v.code) for v in check.violations])
    account, profile = check.account, contractor.profile
    holder = given.holder_name.strip() or profile.legal_name
    return PayoutMethod(
        id=uow.ids.new("method"), contractor_id=contractor.id, state=MethodState.PENDING, country=account.country,
        currency=account.currency, version=await uow.payout_methods.next_version(contractor.id, account.currency), current=False,
        account=Account(holder, account.scheme, dict(account.fields), profile.address_lines), created_at=uow.now,
        purpose_code=given.purpose_code, partner_bank=given.partner_bank, bic=account.bic, bank_name=account.bank_name,
    )  # fmt: skip


def _path(field: str) -> str:
    return field if field in ("country", "currency") else f"fields.{field}" if field else "fields"
