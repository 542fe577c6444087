"""Money, days and moments between protobuf and the domain."""

from __future__ import annotations

from datetime import UTC, date, datetime

from chassis import ids
from chassis.errors import InvalidFields
from chassis.money import Money
from google.protobuf.timestamp_pb2 import Timestamp
from kamai.type.v1 import money_pb2


def money(amount: Money) -> money_pb2.Money:
    return money_pb2.Money(amount_minor=amount.amount_minor, currency=amount.currency)


def read_money(message: money_pb2.Money) -> Money:
    return Money(message.amount_minor, message.currency)


def read_day(text: str, field: str) -> date:
    """Raises InvalidFields for a day that the calendar does not have."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidFields.one(field, f"{text!r} is no day of the calendar (YYYY-MM-DD)", "INVALID_DATE") from None


def read_moment(message: Timestamp, field: str) -> datetime:
    """Raises InvalidFields for a moment outside of the calendar's range."""
    try:
        return message.ToDatetime(UTC)
    except (ValueError, OverflowError):
        raise InvalidFields.one(field, "is out of range", "OUT_OF_RANGE") from None


def moment(at: datetime | None) -> Timestamp | None:
    if at is None:
        return None
    message = Timestamp()
    message.FromDatetime(at)
    return message


def check_id(text: str, prefix: str, field: str) -> str:
    ids.decode(text, prefix, field)
    return text
