"""Freelancer accounts that partner banks keep, and credits on them."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from chassis.states import StateTable

from payouts.domain.obligations.model import Attempt
from payouts.domain.obligations.states import AttemptState


class AccountState(StrEnum):
    APPLIED = "APPLIED"
    UNDER_REVIEW = "UNDER_REVIEW"
    DECLINED = "DECLINED"
    OPENED_DEBIT_BLOCKED = "OPENED_DEBIT_BLOCKED"
    ACTIVE = "ACTIVE"
    FROZEN = "FROZEN"
    DORMANT = "DORMANT"
    CLOSED = "CLOSED"


class CreditState(StrEnum):
    ADVICE_RECEIVED = "ADVICE_RECEIVED"
    AWAITING_FORM_R = "AWAITING_FORM_R"
    PROCESSING = "PROCESSING"
    SPLIT = "SPLIT"
    CREDITED = "CREDITED"
    CERTIFIED = "CERTIFIED"
    RETURNED = "RETURNED"


_A, _C = AccountState, CreditState
ACCOUNTS = StateTable(
    "freelancer account",
    {
        _A.APPLIED: {"review": _A.UNDER_REVIEW},
        _A.UNDER_REVIEW: {"decline": _A.DECLINED, "open": _A.OPENED_DEBIT_BLOCKED},
        _A.OPENED_DEBIT_BLOCKED: {"activate": _A.ACTIVE, "close": _A.CLOSED},
        _A.ACTIVE: {"freeze": _A.FROZEN, "lie_dormant": _A.DORMANT, "close": _A.CLOSED},
        _A.FROZEN: {"activate": _A.ACTIVE, "close": _A.CLOSED},
        _A.DORMANT: {"activate": _A.ACTIVE, "close": _A.CLOSED},
    },
)
CREDITS = StateTable(
    "credit",
    {
        _C.ADVICE_RECEIVED: {"process": _C.PROCESSING, "return": _C.RETURNED},
        _C.PROCESSING: {"credit": _C.CREDITED, "return": _C.RETURNED},
        _C.CREDITED: {"return": _C.RETURNED},
    },
)
# Credits can be taken in; ACTIVE is not needed: a new account has its debits blocked only.
TAKES_CREDITS = frozenset({_A.OPENED_DEBIT_BLOCKED, _A.ACTIVE})


@dataclass(frozen=True, slots=True)
class Account:
    id: UUID
    contractor_id: UUID
    bank: str
    currency: str
    tracking_number: str
    state: AccountState
    credited_minor: int
    decision_due_at: datetime
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Credit:
    id: UUID
    account_id: UUID
    attempt_id: UUID
    end_to_end_id: str
    expected_minor: int
    credited_minor: int | None
    currency: str
    state: CreditState
    short_credit: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class AccountMoved:
    account: Account
    from_state: str
    reason: str


@dataclass(frozen=True, slots=True)
class CreditMoved:
    """`account` is as it is after the step: its version is the event's sequence."""

    account: Account
    credit: Credit
    from_state: str


AccountEvent = AccountMoved | CreditMoved


def move(account: Account, verb: str, reason: str, now: datetime) -> tuple[Account, AccountMoved]:
    moved = replace(account, state=ACCOUNTS.next(account.state, verb), version=account.version + 1, updated_at=now)
    return moved, AccountMoved(moved, account.state, reason)


def decide(account: Account, opens: bool, reason: str, now: datetime) -> tuple[Account, list[AccountMoved]]:
    """The bank's decision; one that comes before the bank said that it looks is a look and a decision."""
    events = []
    if account.state is AccountState.APPLIED:
        account, looked = move(account, "review", "the bank looks at it", now)
        events.append(looked)
    account, decided = move(account, "open" if opens else "decline", reason, now)
    return account, [*events, decided]


def advise(credit: Credit, account: Account) -> tuple[Account, CreditMoved]:
    """A new credit: its money is on the way."""
    account = replace(account, version=account.version + 1, updated_at=credit.created_at)
    return account, CreditMoved(account, credit, "")


def follow(credit: Credit, account: Account, attempt: Attempt, now: datetime) -> tuple[Credit, Account, list[CreditMoved]]:
    """Brings a credit up to what is known of its payout."""
    events = []
    for verb in _verbs(credit, attempt):
        before = credit
        credit = replace(credit, state=CREDITS.next(credit.state, verb), updated_at=now)
        if verb == "credit":
            arrived = attempt.credited_minor or 0
            credit = replace(credit, credited_minor=arrived, short_credit=arrived < credit.expected_minor)
            account = replace(account, credited_minor=account.credited_minor + arrived)
        elif verb == "return" and before.state is CreditState.CREDITED:
            account = replace(account, credited_minor=account.credited_minor - (before.credited_minor or 0))
        account = replace(account, version=account.version + 1, updated_at=now)
        events.append(CreditMoved(account, credit, before.state))
    return credit, account, events


def _verbs(credit: Credit, attempt: Attempt) -> list[str]:
    possible = CREDITS.verbs(credit.state)
    if attempt.state in (AttemptState.RETURNED, AttemptState.REJECTED):
        return ["return"] if "return" in possible else []
    if attempt.state is not AttemptState.CREDITED:
        return []
    wanted = ["process", "credit"] if attempt.credited_minor is not None else ["process"]
    done = {CreditState.ADVICE_RECEIVED: 0, CreditState.PROCESSING: 1}.get(credit.state, 2)
    return wanted[done:]
