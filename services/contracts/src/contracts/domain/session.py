"""Sessions: asked for at a fixed price, confirmed and delivered by the contractor, accepted or charged as agreed."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import cast

from chassis.errors import PreconditionFailed
from chassis.states import StateTable

from contracts.domain import pricing, work
from contracts.domain.contract import Contract, Party
from contracts.domain.events import Events
from contracts.domain.terms import SessionTerms
from contracts.domain.work import SessionDetails, WorkItem, WorkKind, WorkState

S = WorkState
# DISPUTED joins the table together with the methods that lead there.
SESSION: StateTable[WorkState] = StateTable(
    "session",
    {
        S.REQUESTED: {"confirm": S.CONFIRMED, "cancel": S.CANCELLED},
        S.CONFIRMED: {
            "deliver": S.DELIVERED,
            "report_client_no_show": S.NO_SHOW_CLIENT,
            "report_contractor_no_show": S.NO_SHOW_CONTRACTOR,
            "cancel": S.CANCELLED,
            "cancel_late": S.CANCELLED_LATE,
        },
        S.DELIVERED: {"accept": S.ACCEPTED},
        S.ACCEPTED: {"begin_payment": S.INVOICED, "reopen": S.DELIVERED},
        S.NO_SHOW_CLIENT: {"accept": S.NO_SHOW_CLIENT, "begin_payment": S.INVOICED, "reopen": S.NO_SHOW_CLIENT},
        S.CANCELLED_LATE: {"accept": S.CANCELLED_LATE, "begin_payment": S.INVOICED, "reopen": S.CANCELLED_LATE},
        S.INVOICED: {"settle": S.PAID},
        S.PAID: {"return_payment": S.INVOICED},
    },
)


class Outcome(StrEnum):
    HELD = "HELD"
    CLIENT_NO_SHOW = "CLIENT_NO_SHOW"
    CONTRACTOR_NO_SHOW = "CONTRACTOR_NO_SHOW"


def _details(item: WorkItem) -> SessionDetails:
    return cast(SessionDetails, item.details)


def request(
    work_id: str, contract: Contract, price: pricing.Price, details: SessionDetails, now: datetime
) -> tuple[WorkItem, Events]:
    return work.new(work_id, contract, WorkKind.SESSION, S.REQUESTED, price, details, now)


def confirm(item: WorkItem, now: datetime) -> tuple[WorkItem, Events]:
    return work.moved(item, SESSION, "confirm", now)


def deliver(item: WorkItem, contract: Contract, terms: SessionTerms, outcome: Outcome, now: datetime) -> tuple[WorkItem, Events]:
    """The contractor's report. Held sessions may have been moved forward by agreement, so only a no-show waits for the start.

    Silence counts from the end of the session at the earliest.
    """
    booked = _details(item)
    silence = max(now, booked.start + timedelta(minutes=booked.minutes)) + contract.terms.acceptance
    if outcome is Outcome.HELD:
        return work.moved(item, SESSION, "deliver", now, auto_accept_at=silence)
    by_client = outcome is Outcome.CLIENT_NO_SHOW
    verb = "report_client_no_show" if by_client else "report_contractor_no_show"
    SESSION.next(item.state, verb)
    if now < booked.start:
        raise PreconditionFailed.one("SESSION_NOT_STARTED", item.id, "nobody is absent before the session has begun")
    if by_client:
        price = pricing.client_no_show(terms, item.price)
        return work.moved(item, SESSION, verb, now, price=price, auto_accept_at=silence if price.amount.amount_minor else None)
    return work.moved(
        item, SESSION, verb, now, price=pricing.nothing(item.price, "contractor did not appear: nothing is charged")
    )


def cancel(item: WorkItem, terms: SessionTerms, side: Party, now: datetime) -> tuple[WorkItem, Events]:
    """Free, but for a client who cancels a confirmed session late."""
    if side is Party.CLIENT and item.state is S.CONFIRMED:
        charged = pricing.late_cancellation(terms, item.price, _details(item).start, now)
        if charged and charged.amount.amount_minor:
            return work.moved(item, SESSION, "cancel_late", now, price=charged)
    price = pricing.nothing(item.price, f"cancelled by the {side.lower()}: nothing is charged")
    return work.moved(item, SESSION, "cancel", now, price=price)
