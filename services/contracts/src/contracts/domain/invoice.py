"""Invoices: self-billed from accepted work, matched, approved, and what payouts reports about their payment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from chassis.errors import FourEyes
from chassis.money import Money
from chassis.states import StateTable

from contracts.domain.codes import HOLDS
from contracts.domain.contract import Contract
from contracts.domain.events import Events, InvoiceStateChanged, PayableRaised
from contracts.domain.work import WorkItem


class InvoiceState(StrEnum):
    ISSUED = "ISSUED"
    MATCHED = "MATCHED"
    MATCH_EXCEPTION = "MATCH_EXCEPTION"
    APPROVED = "APPROVED"
    SCHEDULED = "SCHEDULED"
    PAID = "PAID"
    RETURNED = "RETURNED"
    VOID = "VOID"


S = InvoiceState
# DRAFT, CREDITED and EXTERNALLY_PAID join the table together with the methods that lead there.
INVOICE: StateTable[InvoiceState] = StateTable(
    "invoice",
    {
        S.ISSUED: {"match": S.MATCHED, "hold": S.MATCH_EXCEPTION, "void": S.VOID},
        S.MATCHED: {"approve": S.APPROVED},
        S.MATCH_EXCEPTION: {"approve": S.APPROVED, "void": S.VOID},
        S.APPROVED: {"schedule": S.SCHEDULED},
        S.SCHEDULED: {"unschedule": S.APPROVED, "pay": S.PAID},
        S.PAID: {"return": S.RETURNED},
        S.RETURNED: {"reopen": S.APPROVED},
    },
)


@dataclass(frozen=True, slots=True)
class Hold:
    """`code` is one of codes.HOLDS."""

    code: str
    message: str

    @property
    def who_acts(self) -> str:
        return HOLDS[self.code][1]


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    work_item_id: str
    description: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Invoice:
    id: str
    organisation_id: str
    contractor_id: str
    contract_id: str
    terms_version: int
    purchase_order_id: str
    number: str
    state: InvoiceState
    lines: tuple[InvoiceLine, ...]
    total: Money
    paid: Money
    issue_date: date
    due_date: date
    holds: tuple[Hold, ...]
    accepted_by: str
    version: int
    created_at: datetime
    updated_at: datetime


def number(year: int, sequence: int) -> str:
    """Gap-free per contractor and year, for example 2026-000017."""
    return f"{year}-{sequence:06d}"


def issue(
    invoice_id: str, contract: Contract, item: WorkItem, description: str, invoice_number: str, accepted_by: str, now: datetime
) -> tuple[Invoice, Events]:
    line = InvoiceLine(item.id, description, item.amount)
    issued_on = now.date()
    made = Invoice(
        invoice_id, contract.organisation_id, contract.contractor_id, contract.id, item.terms_version, contract.purchase_order_id,
        invoice_number, S.ISSUED, (line,), item.amount, Money.zero(item.amount.currency), issued_on,
        issued_on + timedelta(days=contract.terms.payment_due_days), (), accepted_by, 1, now, now,
    )  # fmt: skip
    return made, (_event(made, ""),)


def match(invoice: Invoice, hold: Hold | None, now: datetime) -> tuple[Invoice, Events]:
    """Approves an invoice that agrees with its purchase order; any other waits for somebody, with the reason."""
    if hold:
        return _moved(invoice, "hold", now, holds=(hold,))
    matched, first = _moved(invoice, "match", now)
    approved, second = _approved(matched, now)
    return approved, (*first, *second)


def approve(invoice: Invoice, actor: str, now: datetime) -> tuple[Invoice, Events]:
    """Approves an exception; whoever accepted the work cannot."""
    INVOICE.next(invoice.state, "approve")
    if actor == invoice.accepted_by:
        raise FourEyes("whoever accepted the work cannot approve its invoice: another person has to")
    return _approved(invoice, now)


def _approved(invoice: Invoice, now: datetime) -> tuple[Invoice, Events]:
    approved, events = _moved(invoice, "approve", now, holds=())
    payable = PayableRaised(
        invoice.id, invoice.organisation_id, invoice.contractor_id, invoice.contract_id, invoice.terms_version,
        tuple(line.work_item_id for line in invoice.lines), invoice.total, invoice.due_date, invoice.number,
    )  # fmt: skip
    return replace(approved, version=approved.version + 1), (*events, payable)


def void(invoice: Invoice, now: datetime) -> tuple[Invoice, Events]:
    return _moved(invoice, "void", now, holds=())


def _moved(invoice: Invoice, verb: str, now: datetime, **changes: object) -> tuple[Invoice, Events]:
    state = INVOICE.next(invoice.state, verb)
    after = replace(invoice, state=state, version=invoice.version + 1, updated_at=now, **changes)  # type: ignore[arg-type]
    return after, (_event(after, invoice.state),)


def _event(invoice: Invoice, before: str) -> InvoiceStateChanged:
    return InvoiceStateChanged(invoice.id, invoice.organisation_id, invoice.contractor_id, before, invoice.state, invoice.total)


# --- what payouts reports ---


class Obligation(StrEnum):
    """State of what is owed, as payouts names it."""

    OPEN = "OPEN"
    SCHEDULED = "SCHEDULED"
    IN_FLIGHT = "IN_FLIGHT"
    PAID = "PAID"
    SHORT_PAID = "SHORT_PAID"
    CANCELLED = "CANCELLED"


_TARGET = {
    Obligation.OPEN: S.APPROVED,
    Obligation.SCHEDULED: S.SCHEDULED,
    Obligation.IN_FLIGHT: S.SCHEDULED,
    Obligation.PAID: S.PAID,
    Obligation.SHORT_PAID: S.SCHEDULED,
    Obligation.CANCELLED: S.APPROVED,
}
# Ways between the states of payment, so that a report that skips one (or comes alone) is followed too.
_WAY = {
    (S.APPROVED, S.SCHEDULED): ("schedule",),
    (S.APPROVED, S.PAID): ("schedule", "pay"),
    (S.SCHEDULED, S.APPROVED): ("unschedule",),
    (S.SCHEDULED, S.PAID): ("pay",),
    (S.PAID, S.APPROVED): ("return", "reopen"),
    (S.PAID, S.SCHEDULED): ("return", "reopen", "schedule"),
}


def follow(invoice: Invoice, obligation: Obligation, credited: Money, now: datetime) -> tuple[Invoice, Events]:
    """The invoice as its obligation says; no event when nothing changes, so that a repeated report has no effect."""
    events: Events = ()
    target = _TARGET[obligation]
    if target is not invoice.state:
        for verb in _WAY.get((invoice.state, target), ("schedule",)):  # any other state refuses to be scheduled
            invoice, more = _moved(invoice, verb, now)
            events += more
    holds = _payment_holds(obligation, credited, invoice.total)
    if (invoice.paid, invoice.holds) == (credited, holds):
        return invoice, events
    if events:
        return replace(invoice, paid=credited, holds=holds), events
    after = replace(invoice, paid=credited, holds=holds, version=invoice.version + 1, updated_at=now)
    return after, (_event(after, invoice.state),)


def _payment_holds(obligation: Obligation, credited: Money, total: Money) -> tuple[Hold, ...]:
    if obligation is Obligation.SHORT_PAID:
        text = f"{credited} of {total} was credited: the rest has to be sent"
        return (Hold("SHORT_CREDIT", text),)
    if obligation is Obligation.CANCELLED:
        return (Hold("PAYMENT_CANCELLED", "the payment was withdrawn before it was sent"),)
    return ()
