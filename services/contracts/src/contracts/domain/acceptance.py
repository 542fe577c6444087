"""Accepting work of any kind, and what its invoice's fate does to it."""

from __future__ import annotations

from datetime import datetime

from chassis.errors import IllegalState, PreconditionFailed
from chassis.states import StateTable

from contracts.domain import pricing, work
from contracts.domain.contract import Contract
from contracts.domain.events import Events
from contracts.domain.milestone import MILESTONE
from contracts.domain.session import SESSION
from contracts.domain.timesheet import TIMESHEET
from contracts.domain.work import WorkItem, WorkKind, WorkState

TABLES: dict[WorkKind, StateTable[WorkState]] = {
    WorkKind.MILESTONE: MILESTONE,
    WorkKind.TIMESHEET: TIMESHEET,
    WorkKind.SESSION: SESSION,
}
ACCEPT = {WorkKind.MILESTONE: "accept", WorkKind.TIMESHEET: "approve", WorkKind.SESSION: "accept"}
CHARGED_WITHOUT_DELIVERY = frozenset({WorkState.NO_SHOW_CLIENT, WorkState.CANCELLED_LATE})


def accept(item: WorkItem, invoice_id: str, now: datetime) -> tuple[WorkItem, Events]:
    """Accepts work and names its invoice ("" when there is nothing to charge); raises IllegalState when that was done before."""
    verb = ACCEPT[item.kind]
    if item.invoice_id:
        verbs = [v for v in TABLES[item.kind].verbs(item.state) if v != verb]
        raise IllegalState(TABLES[item.kind].kind, item.state, verb, verbs)
    if item.state in CHARGED_WITHOUT_DELIVERY and not item.amount.amount_minor:
        raise PreconditionFailed.one("NOTHING_CHARGED", item.id, "nothing is charged for this: there is nothing to accept")
    return work.moved(item, TABLES[item.kind], verb, now, invoice_id=invoice_id, auto_accept_at=None)


def reopen(item: WorkItem, contract: Contract, now: datetime) -> tuple[WorkItem, Events]:
    """The invoice is void: the work waits for the client again, with a new period of silence."""
    deadline = now + contract.terms.acceptance
    return work.moved(item, TABLES[item.kind], "reopen", now, invoice_id="", auto_accept_at=deadline)


def follow_payment(item: WorkItem, paid: bool, now: datetime) -> tuple[WorkItem, Events]:
    """INVOICED once its invoice is being paid, PAID when it is; back to INVOICED when the payment came back."""
    table = TABLES[item.kind]
    events: Events = ()
    while verb := _payment_verb(item.state, paid):
        item, more = work.moved(item, table, verb, now)
        events += more
    return item, events


def _payment_verb(state: WorkState, paid: bool) -> str:
    if state is WorkState.PAID:
        return "" if paid else "return_payment"
    if state is WorkState.INVOICED:
        return "settle" if paid else ""
    return "begin_payment"


def cancel(item: WorkItem, now: datetime) -> tuple[WorkItem, Events]:
    """Work that was not begun goes with its contract and costs nothing."""
    price = pricing.nothing(item.price, "contract ended: nothing is charged")
    return work.moved(item, TABLES[item.kind], "cancel", now, price=price)
