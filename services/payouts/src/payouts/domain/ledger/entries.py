"""Ledger transactions as data. Debits are positive; every transaction sums to zero per currency."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Accounts:
    """The three ledger accounts of a funding account."""

    bank: int
    settlement: int
    in_transit: int


@dataclass(frozen=True, slots=True)
class Entry:
    """`reference`: the attempt or deposit; "" for the netted side of a batch."""

    account: int
    amount_minor: int
    reference: str


@dataclass(frozen=True, slots=True)
class Transaction:
    """`kind` and `reference` together are unique: one effect per cause."""

    id: UUID
    kind: str
    reference: str
    entries: tuple[Entry, ...]
    linked_to: UUID | None = None


@dataclass(frozen=True, slots=True)
class Amount:
    """What one attempt moves."""

    attempt: str
    minor: int


def deposit(transaction_id: UUID, accounts: Accounts, deposit: str, minor: int) -> Transaction:
    """Money arrived at the bank: the client may spend it."""
    entries = (Entry(accounts.bank, minor, deposit), Entry(accounts.settlement, -minor, deposit))
    return Transaction(transaction_id, "DEPOSIT", deposit, entries)


def submitted(transaction_id: UUID, accounts: Accounts, file: str, amounts: Sequence[Amount]) -> Transaction:
    """Handed to the bank: one netted posting on the client's account, one per line in transit."""
    return _batch(transaction_id, "PAYOUT_SUBMITTED", file, accounts.settlement, accounts.in_transit, amounts)


def booked(transaction_id: UUID, accounts: Accounts, cause: str, amounts: Sequence[Amount]) -> Transaction:
    """The bank has debited its account: nothing of it is in transit any more."""
    return _batch(transaction_id, "PAYOUT_BOOKED", cause, accounts.bank, accounts.in_transit, amounts, sign=-1)


def rejected(
    transaction_id: UUID, accounts: Accounts, cause: str, amounts: Sequence[Amount], submission: UUID | None
) -> Transaction:
    """Compensates a submission: the client may spend it again."""
    return _batch(
        transaction_id, "PAYOUT_REJECTED", cause, accounts.settlement, accounts.in_transit, amounts, sign=-1, linked_to=submission
    )


def returned(transaction_id: UUID, accounts: Accounts, amount: Amount, booking: UUID | None) -> Transaction:
    """Compensates a booking, as far as the money came back. Its reference is the attempt: there is no second one."""
    entries = (Entry(accounts.bank, amount.minor, amount.attempt), Entry(accounts.settlement, -amount.minor, amount.attempt))
    return Transaction(transaction_id, "PAYOUT_RETURNED", amount.attempt, entries, booking)


def _batch(
    transaction_id: UUID, kind: str, reference: str, netted: int, per_line: int, amounts: Iterable[Amount], *, sign: int = 1,
    linked_to: UUID | None = None,
) -> Transaction:  # fmt: skip
    lines = tuple(Entry(per_line, -sign * amount.minor, amount.attempt) for amount in amounts)
    total = -sum(line.amount_minor for line in lines)
    return Transaction(transaction_id, kind, reference, (Entry(netted, total, ""), *lines), linked_to)
