"""Accounts an organisation pays from."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from payouts.domain.ledger.entries import Accounts
from payouts.domain.runs.states import FundingState


@dataclass(frozen=True, slots=True)
class FundingAccount:
    """`available_minor`, `reserved_minor`, `in_transit_minor` are the ledger's."""

    id: UUID
    organisation_id: UUID
    bank: str
    account: str
    bic: str
    currency: str
    holder_name: str
    bank_account_id: int
    settlement_account_id: int
    in_transit_account_id: int
    version: int
    created_at: datetime
    available_minor: int = 0
    reserved_minor: int = 0
    in_transit_minor: int = 0

    @property
    def ledger(self) -> Accounts:
        return Accounts(self.bank_account_id, self.settlement_account_id, self.in_transit_account_id)


@dataclass(frozen=True, slots=True)
class BalanceChanged:
    """`change_minor` 0: registered."""

    account: FundingAccount
    change_minor: int
    bank_reference: str


def funding_state(available_minor: int, needed_minor: int) -> FundingState:
    """Whether the money for a run is there."""
    if available_minor >= needed_minor:
        return FundingState.FUNDED
    return FundingState.PARTIAL if available_minor > 0 else FundingState.UNFUNDED
