"""What a contractor may be found by, or recognised as another one: numbers, accounts, e-mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from onboarding.domain.account_forms import forms_of_account, forms_of_text
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
    """parts: country, kind and value of an identity number; else the value alone (a form of the account). Personal data."""

    kind: MarkKind
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Marked:
    """owner_id: the contractor, or its payout method. marks: all of them."""

    contractor_id: str
    owner_id: str
    marks: Sequence[Mark]


def marks_of_account(method: PayoutMethod) -> list[Mark]:
    """One for each of its forms."""
    return _accounts(forms_of_account(method))


def marks_of_account_text(text: str) -> list[Mark]:
    """To look for an account by, in whatever notation."""
    return _accounts(forms_of_text(text))


def _accounts(forms: frozenset[str]) -> list[Mark]:
    return [Mark(MarkKind.ACCOUNT_NUMBER, (form,)) for form in sorted(forms)]
