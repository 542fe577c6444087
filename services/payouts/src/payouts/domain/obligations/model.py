"""What is owed, and the tries to pay it."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from payouts.domain.obligations.states import AttemptState, ObligationState


@dataclass(frozen=True, slots=True)
class Obligation:
    """What is owed for one invoice: one for ever. `credited_minor` is what banks have reported so far."""

    id: UUID
    invoice_id: UUID
    invoice_number: str
    organisation_id: UUID
    contractor_id: UUID
    contract_id: UUID
    terms_version: int
    work_item_ids: tuple[UUID, ...]
    amount_minor: int
    credited_minor: int
    currency: str
    due_date: date | None
    state: ObligationState
    attempts: int
    version: int
    created_at: datetime
    updated_at: datetime

    @property
    def outstanding_minor(self) -> int:
        return self.amount_minor - self.credited_minor


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try, and the line of its run. `credited_minor` is the beneficiary's bank's word, None while it has said nothing."""

    id: UUID
    obligation_id: UUID
    run_id: UUID
    organisation_id: UUID
    contractor_id: UUID
    funding_account_id: UUID
    number: int
    end_to_end_id: str
    state: AttemptState
    payout_method_id: UUID | None
    payout_method_version: int
    partner_bank: str
    gross_minor: int
    fees_minor: int
    withheld_minor: int
    net_minor: int
    credited_minor: int | None
    returned_minor: int | None
    currency: str
    rail: str
    value_date: date
    bank_message_id: UUID | None
    answered: bool
    booking_entry_key: str
    return_entry_key: str
    return_message_key: str
    failure_code: str
    bank_code: str
    failure_text: str
    created_at: datetime
    updated_at: datetime
    holds: tuple["Blocker", ...] = ()


@dataclass(frozen=True, slots=True)
class Blocker:
    """One reason why something cannot go on. `who_acts`: CONTRACTOR, ORGANISATION, FINANCE, COMPLIANCE, BANK or PLATFORM."""

    code: str
    message: str
    who_acts: str
    remedy: str
    subject: str
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewObligation:
    """From an approved invoice."""

    id: UUID
    invoice_id: UUID
    invoice_number: str
    organisation_id: UUID
    contractor_id: UUID
    contract_id: UUID
    terms_version: int
    work_item_ids: tuple[UUID, ...]
    amount_minor: int
    currency: str
    due_date: date | None
