"""What use cases need from outside. A unit of work is one open transaction."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from chassis.ids import IdFactory

from payouts.domain.accounts.model import Account, AccountEvent, Credit
from payouts.domain.bank_messages import CreditTransferBatch, WrittenFile
from payouts.domain.funding import BalanceChanged, FundingAccount
from payouts.domain.ledger.entries import Transaction
from payouts.domain.obligations.book import LineBook
from payouts.domain.obligations.model import Attempt, Blocker, NewObligation, Obligation
from payouts.domain.obligations.why import Sent
from payouts.domain.rails.effects import EarlyReturn, Matched, Problem
from payouts.domain.runs.drift import Drift
from payouts.domain.runs.run import Approval, Run, RunEvent, RunView
from payouts.domain.runs.states import RunState


@dataclass(frozen=True, slots=True)
class BankFile:
    """A file to or from a bank; `state` as in the API."""

    id: UUID
    bank: str
    direction: str
    type: str
    message_id: str
    sha256: str
    state: str
    items: int
    error: str
    run_id: UUID | None
    funding_account_id: UUID | None
    organisation_id: UUID | None
    created_at: datetime
    sent_at: datetime | None = None
    content: bytes = b""
    handovers: int = 0
    """How often its bytes may have reached the bank."""


@dataclass(frozen=True, slots=True)
class SealedLine:
    """A reserved line with what its payment needs; the instruction is still sealed."""

    attempt_id: UUID
    end_to_end_id: str
    contractor_id: UUID
    payout_method_id: UUID
    sealed: bytes
    net_minor: int
    invoice_number: str


@dataclass(frozen=True, slots=True)
class Instruction:
    """An opened payment instruction: only in memory, only while a file is written."""

    holder_name: str
    country: str
    iban: str
    account_number: str
    bic: str
    clearing_code: str
    clearing_system: str
    purpose_code: str
    address_lines: tuple[str, ...]


class CannotOpenInstruction(Exception):
    """Not sealed for this service's key, or changed on the way."""


class InstructionOpener(Protocol):
    def open(self, line: SealedLine) -> Instruction:
        """Raises CannotOpenInstruction."""
        ...


class FileWriter(Protocol):
    def __call__(self, batch: CreditTransferBatch) -> tuple[WrittenFile, bytes]:
        """Raises InvalidPaymentFile with every problem."""
        ...


class Calendar(Protocol):
    def next_business_day(self, currency: str, day: date) -> date:
        """`day` itself when banks settle the currency on it."""
        ...

    def add_business_days(self, currency: str, day: date, count: int) -> date: ...


class Ledger(Protocol):
    async def open_account(self, path: str, currency: str, organisation_id: UUID | None, guarded: bool) -> int: ...
    async def post(self, transactions: Sequence[Transaction], holds: Sequence[str] = ()) -> None: ...
    async def reserve(
        self, account: int, amounts: Sequence[tuple[str, int]], expires_at: datetime, all_or_none: bool
    ) -> frozenset[str]:
        """References that fitted, in the order given."""
        ...

    async def reserved(self, references: Sequence[str]) -> frozenset[str]:
        """Those of the references that hold money."""
        ...

    async def void(self, references: Sequence[str]) -> None: ...
    async def expired(self, limit: int, but: Collection[str]) -> list[str]:
        """References of open holds past their time, the oldest first, without those in `but`."""
        ...

    async def transactions_of(self, kind: str, references: Sequence[str]) -> Mapping[str, UUID]:
        """By posting reference, the newest transaction of that kind."""
        ...


class Lines(Protocol):
    """Attempts with their obligations, many at a time: no method runs a statement per line."""

    async def insert_plan(self, run: Run, obligation_ids: Sequence[UUID] | None, due_by: date | None) -> list[UUID]:
        """Locks open obligations (and short-paid ones that are named) and makes a PLANNED line of each; returns the attempts."""
        ...

    async def insert_blockers(self, run_id: UUID, at: datetime) -> list[tuple[UUID, Blocker]]: ...
    async def obstacles(self, attempt_ids: Sequence[UUID], at: datetime) -> list[tuple[UUID, Blocker]]:
        """What has come in the way of lines since they were planned. Payees and methods stay as they are until the commit."""
        ...

    async def digest(self, run_id: UUID) -> tuple[str, int, int]:
        """SHA-256 over the sorted lines and totals, number of lines, sum of what is sent."""
        ...

    async def drift(self, run_id: UUID, at: datetime, limit: int) -> list[Drift]: ...
    async def load(self, attempt_ids: Collection[UUID]) -> LineBook:
        """Locked, in the order of the obligations' ids."""
        ...

    async def load_for_message(self, end_to_end_ids: Collection[str], file_message_id: str, bank: str) -> LineBook: ...
    async def save(self, book: LineBook) -> None:
        """Writes rows, transitions and events of the book, each kind with one statement."""
        ...

    async def add_holds(self, holds: Sequence[tuple[UUID, Blocker]]) -> None: ...
    async def of_run(self, run_id: UUID, states: Collection[str], limit: int) -> list[UUID]: ...
    async def without_file(self, run_id: UUID, states: Collection[str], limit: int) -> list[UUID]: ...
    async def amounts(self, run_id: UUID, states: Collection[str], limit: int | None) -> list[tuple[UUID, int]]:
        """What lines send, in minor units; in the order of the obligations' ids."""
        ...

    async def of_file(self, bank_message_id: UUID, states: Collection[str]) -> list[UUID]: ...
    async def amounts_of_file(self, bank_message_id: UUID) -> list[tuple[UUID, int]]: ...
    async def assign(self, bank_message_id: UUID, attempt_ids: Sequence[UUID]) -> None:
        """Says which file lines go out in; they do not move by it. Raises Conflict when one is not RESERVED or has a file."""
        ...

    async def committed(self) -> list[UUID]:
        """Lines that a file is made of whose money is not posted yet."""
        ...

    async def count(self, run_id: UUID, states: Collection[str]) -> int: ...
    async def screened(self, run_id: UUID, at: datetime, limit: int) -> list[tuple[UUID, str, str]]:
        """PLANNED lines whose payee has answered or run out of time: attempt, code of the hold ("" for none), detail."""
        ...

    async def sealed(self, run_id: UUID, limit: int) -> list[SealedLine]: ...
    async def silent(self, before: datetime, overdue: date, asked_before: datetime, limit: int) -> list[UUID]:
        """Without any report on a file sent `before`; or with one, but not booked although due before `overdue`, and not
        inquired about since `asked_before`."""
        ...

    async def to_inquire(self, before: datetime, limit: int) -> list[tuple[UUID, str]]: ...
    async def inquired(self, attempt_id: UUID, at: datetime | None) -> None: ...


class Obligations(Protocol):
    async def add(self, new: NewObligation) -> bool:
        """False when the invoice has its obligation already."""
        ...

    async def get(self, *, obligation_id: UUID | None = None, invoice_id: UUID | None = None) -> Obligation: ...
    async def attempts(self, obligation_id: UUID) -> list[Attempt]:
        """Oldest first, with their holds."""
        ...

    async def attempt(self, attempt_id: UUID) -> Attempt: ...
    async def method_changed(self, attempt: Attempt) -> bool: ...
    async def sent(self, attempt: Attempt) -> Sent | None:
        """What is known of it at the bank; None before its file is written."""
        ...

    async def standing_blockers(self, obligation_id: UUID, at: datetime) -> list[Blocker]:
        """What stands in the way of planning it."""
        ...


class Runs(Protocol):
    async def add(self, run: Run) -> None: ...
    async def lock(self, run_id: UUID) -> Run: ...
    async def save(self, run: Run, events: Sequence[RunEvent]) -> None: ...
    async def approvals(self, run: Run) -> list[Approval]: ...
    async def add_approval(self, run: Run, approval: Approval) -> None: ...
    async def approvals_required(self, run: Run) -> int: ...
    async def payees(self, run_id: UUID) -> list[UUID]:
        """Distinct contractors of the lines that are to be paid."""
        ...

    async def ask_screening(self, run_id: UUID, contractor_ids: Sequence[UUID]) -> None: ...
    async def view(self, run_id: UUID) -> RunView: ...
    async def state(self, run_id: UUID) -> RunState: ...
    async def expired(self, at: datetime, limit: int) -> list[UUID]: ...


class Payees(Protocol):
    async def keep_state(self, contractor_id: UUID, state: str) -> None: ...
    async def keep_capability(self, contractor_id: UUID, state: str, reason_code: str) -> None: ...
    async def keep_method(self, method: "PayeeMethod") -> None: ...
    async def disable_method(self, method_id: UUID) -> None: ...
    async def keep_screening(self, contractor_id: UUID, result: str, at: datetime, run_id: UUID | None) -> None: ...
    async def partner_bank(self, contractor_id: UUID, currency: str) -> str: ...


@dataclass(frozen=True, slots=True)
class PayeeMethod:
    id: UUID
    contractor_id: UUID
    version: int
    country: str
    currency: str
    usable_from: datetime
    sealed: bytes
    partner_bank: str


class Funding(Protocol):
    async def add(self, account: FundingAccount) -> None: ...
    async def get(self, account_id: UUID, *, lock: bool = False) -> FundingAccount:
        """lock: for a deposit. Raises NotFound, PreconditionFailed when another organisation's money is on the same account."""
        ...

    async def many(self, account_ids: Collection[UUID]) -> dict[UUID, FundingAccount]: ...
    async def tell_of_claims(self, account: FundingAccount) -> None:
        """Puts it before the platform's people when another organisation has registered the same account."""
        ...

    async def add_deposit(self, deposit_id: UUID, account: FundingAccount, minor: int, bank_reference: str) -> None: ...
    async def publish(self, event: BalanceChanged) -> None: ...


@dataclass(frozen=True, slots=True)
class Resolution:
    resolution: str
    proposed_by: str
    confirmed_by: str


class BankFiles(Protocol):
    async def add(self, file: BankFile) -> bool:
        """False when this bank's message with these bytes is here already."""
        ...

    async def find_in(self, bank: str, message_id: str, sha256: str) -> BankFile: ...
    async def lock(self, file_id: UUID) -> BankFile: ...
    async def get(self, file_id: UUID, *, content: bool = False) -> BankFile: ...
    async def set_state(
        self, file_id: UUID, state: str, error: str, *, sent_at: datetime | None, not_before: datetime | None
    ) -> None: ...
    async def prepared(self, run_id: UUID) -> UUID | None:
        """The run's oldest file whose lines are still to follow."""
        ...

    async def next_to_send(self, at: datetime) -> BankFile | None:
        """The oldest written file with payments still to make, with its bytes; counted as handed over from here on."""
        ...

    async def never_handed_over(self, file_id: UUID) -> None:
        """The last handover certainly did not happen."""
        ...

    async def spoken_of(self, bank: str, message_id: str) -> int:
        """The bank speaks of a file of ours, so that it is there: never sent again. How often it was handed over."""
        ...

    async def attempts_of(self, bank: str, message_id: str, among: Collection[UUID]) -> frozenset[UUID]:
        """Which of these went out in that file."""
        ...

    async def known_entries(self, bank: str, keys: Collection[str]) -> frozenset[str]: ...
    async def add_entries(self, bank: str, file_id: UUID, entries: Sequence[Matched]) -> None: ...
    async def confirm_entries(self, bank: str, file_id: UUID, keys: Collection[str]) -> None: ...
    async def match_entries(self, bank: str, keys: Collection[str]) -> None:
        """What they are about has come after them."""
        ...

    async def add_early_returns(self, early: Sequence[EarlyReturn]) -> None: ...
    async def take_early_returns(self, attempt_ids: Collection[UUID]) -> list[EarlyReturn]:
        """Each one once, in the order in which they came."""
        ...

    async def add_problems(self, file_id: UUID | None, problems: Sequence[Problem]) -> None: ...
    async def resolution(self, attempt_id: UUID) -> Resolution | None: ...
    async def propose(self, attempt: Attempt, resolution: str, evidence: str) -> None: ...
    async def confirm(self, attempt: Attempt, evidence: str) -> None: ...


class FreelancerAccounts(Protocol):
    async def add(self, account: Account) -> None: ...
    async def lock(self, account_id: UUID) -> Account: ...
    async def save(self, accounts: Sequence[Account], moved: Sequence[Credit], events: Sequence[AccountEvent]) -> None: ...
    async def for_attempts(self, attempts: Sequence[Attempt]) -> tuple[dict[UUID, Account], dict[UUID, Credit]]:
        """Locked: accounts by attempt that take its credit, credits by attempt that exist."""
        ...


class Erasure(Protocol):
    """What is kept of contractors who must be forgotten."""

    async def destroy_keys(self, contractor_ids: Collection[UUID]) -> None:
        """All that is sealed for them is gone once the transaction commits, for ever."""
        ...

    async def clear(self, contractor_ids: Collection[UUID]) -> None:
        """What is personal and not sealed."""
        ...

    async def sweep_keys(self) -> None:
        """Deletes keys that a restored backup brought back."""
        ...

    async def registered(self, after: UUID | None, limit: int) -> Sequence[UUID]:
        """Those who were erased, by id."""
        ...

    async def unregistered(self, contractor_ids: Collection[UUID]) -> Sequence[UUID]:
        """Those of them who were not."""
        ...


class UnitOfWork(Protocol):
    actor: str
    organisation_id: str
    contractor_id: str
    now: datetime
    ids: IdFactory
    ledger: Ledger
    lines: Lines
    obligations: Obligations
    runs: Runs
    payees: Payees
    funding: Funding
    files: BankFiles
    accounts: FreelancerAccounts
    erasure: Erasure

    def consequence(self) -> AbstractAsyncContextManager[None]:
        """Inside, what the caller's act means for others is written: rows that the caller itself may not reach."""
        ...
