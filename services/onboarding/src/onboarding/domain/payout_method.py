"""Where a contractor wants the money. Never edited: a newer version of the same currency takes its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chassis.states import StateTable


class MethodState(StrEnum):
    PENDING = "PENDING"
    VERIFYING = "VERIFYING"
    VERIFIED = "VERIFIED"
    FAILED = "FAILED"
    DISABLED = "DISABLED"


class NameMatch(StrEnum):
    MATCH = "MATCH"
    CLOSE = "CLOSE"
    NO_MATCH = "NO_MATCH"
    NOT_CHECKED = "NOT_CHECKED"


METHODS: StateTable[MethodState] = StateTable(
    "payout method",
    {
        MethodState.PENDING: {
            "send for verification": MethodState.VERIFYING,
            "verify": MethodState.VERIFIED,
            "fail": MethodState.FAILED,
            "disable": MethodState.DISABLED,
        },
        MethodState.VERIFYING: {
            "verify": MethodState.VERIFIED,
            "fail": MethodState.FAILED,
            "disable": MethodState.DISABLED,
        },
        MethodState.VERIFIED: {"fail": MethodState.FAILED, "disable": MethodState.DISABLED, "hold": MethodState.PENDING},
        MethodState.FAILED: {"disable": MethodState.DISABLED},
        MethodState.DISABLED: {},
    },
)


@dataclass(frozen=True, slots=True)
class Account:
    """The bank account, personal data. scheme: form of the account, for example IBAN or US_ABA. fields: normalised values by
    field name; address_lines are the holder's."""

    holder_name: str
    scheme: str
    fields: Mapping[str, str]
    address_lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PayoutMethod:
    """version counts the methods of a contractor and currency, from 1. current: the newest of its currency, in use; a
    PENDING one is not, it waits for a review. suspected: another open case has the account. Whoever added it must not learn that
    from us: it is reviewed while it cools off, and waits only when that is over first."""

    id: str
    contractor_id: str
    state: MethodState
    country: str
    currency: str
    version: int
    current: bool
    account: Account
    created_at: datetime
    usable_from: datetime | None = None
    name_match: NameMatch = NameMatch.NOT_CHECKED
    purpose_code: str = ""
    partner_bank: str = ""
    bic: str = ""
    bank_name: str = ""
    suspected: bool = False

    @property
    def payable(self) -> bool:
        """Whether it counts as a verified payout method; a cooling-off may still run (`usable_from`)."""
        return self.current and self.state is MethodState.VERIFIED


def verify(method: PayoutMethod, at_once: bool, cooling_off: timedelta, now: datetime) -> PayoutMethod:
    """The current one of its currency, usable after a cooling-off that began when it was added. at_once: only the first method of
    any currency, in the contractor's own name; not for a later one, also when those before were disabled: otherwise whoever
    took over the contractor's access would disable first and then add, or add another currency."""
    usable_from = now if at_once else max(now, method.created_at + cooling_off)
    return replace(method, state=METHODS.next(method.state, "verify"), current=True, usable_from=usable_from)


def supersede(method: PayoutMethod) -> PayoutMethod:
    """Keeps its state: it may still be paid to until the newer one's cooling-off is over."""
    return replace(method, current=False)


# So long before its cooling-off ends a suspected account is held: the payouts service must know in time, although workers or
# Kafka may be away for hours.
HELD_BEFORE = timedelta(hours=4)


# So long before that end it is looked up anew whether another case has the account: the reviewers have the time between the two.
LOOKED_AGAIN_BEFORE = timedelta(hours=24)


def suspect(verified: PayoutMethod, now: datetime) -> PayoutMethod:
    """To be reviewed while it cools off; PENDING at once when there is no time for that."""
    suspected = suspect_later(verified)
    due = verified.usable_from is None or verified.usable_from <= now + HELD_BEFORE
    return hold(suspected) if due else suspected


def suspect_later(verified: PayoutMethod) -> PayoutMethod:
    """To be reviewed while it cools off; held by the clock if that is over first."""
    return replace(verified, suspected=True)


def hold(method: PayoutMethod) -> PayoutMethod:
    """Its cooling-off is over before its review."""
    return replace(method, state=METHODS.next(method.state, "hold"), current=False, usable_from=None)


def clear(method: PayoutMethod) -> PayoutMethod:
    return replace(method, suspected=False)


def disable(method: PayoutMethod) -> PayoutMethod:
    return replace(method, state=METHODS.next(method.state, "disable"), current=False)


# What names a bank rather than an account is public.
_PUBLIC = frozenset(
    {
        "routing_number", "sort_code", "ifsc", "bsb", "bank_code", "branch_code", "institution_number", "transit_number", "bic",
        "account_type",
    }
)  # fmt: skip
_SHOWN = 4


def masked(value: str) -> str:
    """All but the last four characters hidden; a short value hides more."""
    shown = min(_SHOWN, len(value) // 2)
    return "*" * (len(value) - shown) + (value[-shown:] if shown else "")


def masked_fields(account: Account) -> dict[str, str]:
    return {name: value if name in _PUBLIC else masked(value) for name, value in account.fields.items()}
