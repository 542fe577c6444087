"""Reading requests: ids, days and the tenant of a list."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from chassis.errors import InvalidFields
from chassis.ids import decode

TransactionUow = Any  # the unit of work of adapters/postgres: entrypoints do not import adapters
MakeUow = Callable[..., TransactionUow]


def optional(text: str, prefix: str, field: str) -> UUID | None:
    return decode(text, prefix, field) if text else None


def day(text: str, field: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidFields.one(field, "is no day of the calendar: write YYYY-MM-DD", "INVALID_DAY") from None


def tenant(uow: TransactionUow, asked: UUID | None = None) -> UUID | None:
    """The organisation to list: the caller's own, whatever was asked; another one answers as if it were not there."""
    own = optional(uow.organisation_id, "org", "organisation_id")
    if own is not None and asked is not None and own != asked:
        return UUID(int=0)
    return own or asked


def names(states: Sequence[int], enum: Any, prefix: str) -> list[str]:
    """Names of states without the enum's prefix."""
    return [enum.Name(state).removeprefix(prefix) for state in states if state]
