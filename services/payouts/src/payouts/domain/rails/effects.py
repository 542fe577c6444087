"""What a bank's word leads to besides moves of attempts: ledger postings, matched entries, things for a person."""

from dataclasses import dataclass, field
from uuid import UUID

from payouts.domain.bank_messages import BankEntry


@dataclass(frozen=True, slots=True)
class Problem:
    """An item of a bank's message that has no effect and needs a person."""

    code: str
    message: str
    end_to_end_id: str
    amount_minor: int = 0
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Matched:
    """An entry with what became of it: MATCHED, or the code of its problem."""

    entry: BankEntry
    attempt_id: UUID | None
    outcome: str


@dataclass(frozen=True, slots=True)
class EarlyReturn:
    """A return told before its debit: it waits for that. `field`, `key`: which report it was seen in."""

    attempt_id: UUID
    field: str
    key: str
    amount_minor: int
    currency: str
    reason_code: str | None
    text: str


@dataclass(slots=True)
class Effects:
    """Attempts by what the ledger has to post for them. `inquire`: UNKNOWN ones the bank has something to say about."""

    booked: list[UUID] = field(default_factory=list)
    rejected: list[UUID] = field(default_factory=list)
    returned: list[tuple[UUID, int]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    entries: list[Matched] = field(default_factory=list)
    confirmed: list[str] = field(default_factory=list)
    inquire: list[UUID] = field(default_factory=list)
    early: list[EarlyReturn] = field(default_factory=list)
