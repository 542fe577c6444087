"""What crosses the boundary between payouts and a bank, as plain data.

Amounts are integers in the currency's minor units (ISO 4217), always positive where a direction
stands beside them; balances are signed. Dates are the bank's own; instants are aware UTC datetimes.
Element names in docstrings are those of ISO 20022.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from payouts.domain.bank_status import BatchStatus as BatchStatus
from payouts.domain.bank_status import Outcome as Outcome
from payouts.domain.bank_status import StatusItem as StatusItem
from payouts.domain.bank_status import StatusReport as StatusReport
from payouts.domain.bank_status import Verdict as Verdict

IBAN: Final = "IBAN"


class ChargeBearer(StrEnum):
    """Who pays the transfer's fees: OUR, SHA, BEN, or what the scheme's rules say."""

    DEBTOR = "DEBT"
    SHARED = "SHAR"
    CREDITOR = "CRED"
    SERVICE_LEVEL = "SLEV"


@dataclass(frozen=True, slots=True)
class AccountId:
    """An account as its bank names it: an IBAN, or a number under another scheme.

    `scheme`: "IBAN", "BBAN", or a country's own word ("NUBAN", "CLABE"); "" states no scheme.
    """

    number: str
    scheme: str = IBAN


@dataclass(frozen=True, slots=True)
class AgentId:
    """A bank: by BIC, or by its member id in a clearing system ("USABA", "INFSC", ...), or both."""

    bic: str | None = None
    clearing_system: str | None = None
    member_id: str | None = None
    name: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class CreditTransfer:
    """One payment of a file. `end_to_end_id` and `instruction_id` hold at most 35 characters.

    `purpose_code`: four letters are an ISO purpose, anything else goes out as proprietary.
    `regulatory_code`: what the creditor's central bank wants reported (at most 10 characters).
    """

    end_to_end_id: str
    amount_minor: int
    currency: str
    creditor_name: str
    creditor_account: AccountId
    creditor_agent: AgentId | None
    creditor_country: str
    creditor_town: str | None = None
    creditor_address_lines: tuple[str, ...] = ()
    instruction_id: str | None = None
    remittance_text: str = ""
    purpose_code: str | None = None
    regulatory_code: str | None = None
    ultimate_debtor_name: str | None = None


@dataclass(frozen=True, slots=True)
class CreditTransferBatch:
    """One payment file: one debtor account, one currency, one execution date.

    `transfers` is walked once, so a database cursor serves. The totals stand at the head of the
    file and must therefore be known before; the writer refuses a file whose transfers disagree.
    The batch id of the file (`PmtInfId`) is its `message_id`: there is one batch to a file.
    """

    message_id: str
    created_at: datetime
    initiating_party: str
    debtor_name: str
    debtor_account: AccountId
    debtor_agent: AgentId
    currency: str
    requested_execution_date: date
    transfer_count: int
    total_minor: int
    transfers: Iterable[CreditTransfer]
    debtor_country: str | None = None
    charge_bearer: ChargeBearer = ChargeBearer.SHARED
    service_level: str | None = None


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A payment file that passed the official schema. `sha256` is of its exact bytes."""

    message_id: str
    sha256: str
    size_bytes: int
    transfer_count: int
    total_minor: int


class EntryKind(StrEnum):
    DEBIT = "DEBIT"
    CREDIT = "CREDIT"


class EntryStatus(StrEnum):
    """Only a BOOKED entry has moved money."""

    BOOKED = "BOOK"
    PENDING = "PDNG"
    FUTURE = "FUTR"
    INFORMATION = "INFO"


@dataclass(frozen=True, slots=True)
class BankEntry:
    """One movement on our account, from a camt.053 or camt.054.

    A batch-booked entry (`Ntry`) with several details becomes one of these per detail; what the
    details leave unexplained becomes one more with `end_to_end_id` None, so that the sum over all of
    them is what the account moved. `entry_key` is equal for the same movement in a notification and
    in a statement, and differs between movements: match each key once.
    """

    entry_key: str
    message_id: str
    account: str
    kind: EntryKind
    amount_minor: int
    currency: str
    status: EntryStatus
    booked_on: date | None
    value_date: date | None
    end_to_end_id: str | None = None
    instruction_id: str | None = None
    original_message_id: str | None = None
    payment_information_id: str | None = None
    entry_reference: str | None = None
    bank_reference: str | None = None
    transaction_code: str | None = None
    is_return: bool = False
    is_reversal: bool = False
    return_reason_code: str | None = None
    instructed_amount_minor: int | None = None
    instructed_currency: str | None = None
    counterparty_name: str | None = None
    remittance_text: str = ""
    additional_text: str = ""

    @property
    def signed_minor(self) -> int:
        return self.amount_minor if self.kind is EntryKind.CREDIT else -self.amount_minor


@dataclass(frozen=True, slots=True)
class Statement:
    """One account's part of a camt.053, or of a camt.054 (then without balances). Balances are signed."""

    message_id: str
    statement_id: str
    account: str
    currency: str | None
    sequence_number: str | None = None
    opening_minor: int | None = None
    opening_on: date | None = None
    closing_minor: int | None = None
    closing_on: date | None = None
    entries: tuple[BankEntry, ...] = ()

    @property
    def unexplained_minor(self) -> int | None:
        """What the booked entries leave of the change in balance: 0 for a complete statement."""
        if self.opening_minor is None or self.closing_minor is None:
            return None
        booked = sum(e.signed_minor for e in self.entries if e.status is EntryStatus.BOOKED)
        return self.closing_minor - self.opening_minor - booked


class ReportKind(StrEnum):
    STATEMENT = "STATEMENT"
    NOTIFICATION = "NOTIFICATION"


@dataclass(frozen=True, slots=True)
class AccountReport:
    """A camt.053 (STATEMENT) or camt.054 (NOTIFICATION): one part per account."""

    kind: ReportKind
    message_id: str
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class PaymentReturn:
    """One payment that comes back (pacs.004 `TxInf`); `amount_minor` may be short of the original."""

    message_id: str
    return_id: str | None
    end_to_end_id: str | None
    amount_minor: int
    currency: str
    reason_code: str | None
    settled_on: date | None
    original_message_id: str | None = None
    original_amount_minor: int | None = None
    original_currency: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class ReturnReport:
    """A pacs.004."""

    message_id: str
    returns: tuple[PaymentReturn, ...]


BankMessage = StatusReport | AccountReport | ReturnReport


class UnreadableBankMessage(Exception):
    """A bank's file that cannot be taken at its word: whatever it was about stays UNKNOWN."""


@dataclass(frozen=True, slots=True)
class FileProblem:
    """One thing wrong with a payment file. `transfer_index` counts from 0; None is the file's head."""

    field: str
    problem: str
    transfer_index: int | None = None
    end_to_end_id: str | None = None

    def __str__(self) -> str:
        if self.transfer_index is None:
            return f"{self.field}: {self.problem}"
        return f"transfer {self.transfer_index} ({self.end_to_end_id}) {self.field}: {self.problem}"


class InvalidPaymentFile(Exception):
    """A payment file that must not leave; `problems` lists them (at most 1000 of `count`)."""

    def __init__(self, problems: tuple[FileProblem, ...], count: int) -> None:
        self.problems = problems
        self.count = count
        super().__init__(f"{count} problem(s): " + "; ".join(map(str, problems[:5])))
