"""What happened to the aggregates of this service. States are given by name; "" stands before the first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from chassis.money import Money


@dataclass(frozen=True, slots=True)
class OrganisationCreated:
    organisation_id: str
    country: str


@dataclass(frozen=True, slots=True)
class PurchaseOrderOpened:
    purchase_order_id: str
    organisation_id: str
    ceiling: Money


@dataclass(frozen=True, slots=True)
class PurchaseOrderBudgetChanged:
    purchase_order_id: str
    organisation_id: str
    committed: Money
    invoiced: Money


@dataclass(frozen=True, slots=True)
class PurchaseOrderAmended:
    purchase_order_id: str
    organisation_id: str
    from_ceiling: Money
    to_ceiling: Money


@dataclass(frozen=True, slots=True)
class PurchaseOrderClosed:
    purchase_order_id: str
    organisation_id: str


@dataclass(frozen=True, slots=True)
class ContractDrafted:
    contract_id: str
    organisation_id: str
    contractor_id: str
    purchase_order_id: str
    total: Money


@dataclass(frozen=True, slots=True)
class ContractStateChanged:
    contract_id: str
    organisation_id: str
    contractor_id: str
    from_state: str
    to_state: str
    terms_version: int


@dataclass(frozen=True, slots=True)
class WorkItemStateChanged:
    work_item_id: str
    contract_id: str
    organisation_id: str
    contractor_id: str
    kind: str
    from_state: str
    to_state: str
    amount: Money


@dataclass(frozen=True, slots=True)
class InvoiceStateChanged:
    """`from_state` and `to_state` are equal when only what was paid, or a hold, changed."""

    invoice_id: str
    organisation_id: str
    contractor_id: str
    from_state: str
    to_state: str
    total: Money


@dataclass(frozen=True, slots=True)
class PayableRaised:
    invoice_id: str
    organisation_id: str
    contractor_id: str
    contract_id: str
    terms_version: int
    work_item_ids: tuple[str, ...]
    amount: Money
    due_date: date
    invoice_number: str


DomainEvent: TypeAlias = (
    OrganisationCreated
    | PurchaseOrderOpened
    | PurchaseOrderBudgetChanged
    | PurchaseOrderAmended
    | PurchaseOrderClosed
    | ContractDrafted
    | ContractStateChanged
    | WorkItemStateChanged
    | InvoiceStateChanged
    | PayableRaised
)
Events: TypeAlias = tuple[DomainEvent, ...]


def step_of(event: DomainEvent) -> tuple[str, str] | None:
    """The step of a state machine that an event tells of: (from, to), or None."""
    match event:
        case PurchaseOrderOpened():
            return "", "OPEN"
        case PurchaseOrderClosed():
            return "OPEN", "CLOSED"
        case ContractDrafted():
            return "", "DRAFT"
        case ContractStateChanged() | WorkItemStateChanged() | InvoiceStateChanged():
            return event.from_state, event.to_state
    return None
