"""What a contractor may be found by, or recognised as another one: numbers, accounts, e-mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from onboarding.domain.payment_instruction import instruction_of
from onboarding.domain.payout_method import PayoutMethod
from onboarding.domain.review import Risk


class MarkKind(StrEnum):
    IDENTITY_NUMBER = "IDENTITY_NUMBER"
    ACCOUNT_NUMBER = "ACCOUNT_NUMBER"
    EMAIL = "EMAIL"


# What it means when another open case has the same.
DUPLICATES = {MarkKind.IDENTITY_NUMBER: Risk.DUPLICATE_IDENTITY, MarkKind.ACCOUNT_NUMBER: Risk.DUPLICATE_ACCOUNT}


@dataclass(frozen=True, slots=True)
class Mark:
    """parts: country, kind and value of an identity number; else the value alone. Personal data."""

    kind: MarkKind
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Marked:
    """owner_id: the contractor, or its payout method. marks: all of them."""

    contractor_id: str
    owner_id: str
    marks: Sequence[Mark]


def mark_of_account(method: PayoutMethod) -> Mark:
    """The IBAN, or the number with the clearing code before it: together they name one account."""
    given = instruction_of(method)
    return Mark(MarkKind.ACCOUNT_NUMBER, (given.iban or f"{given.clearing_code or given.bic}{given.account_number}",))
