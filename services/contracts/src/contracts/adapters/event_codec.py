"""Domain events as the messages of kamai.contracts.v1.events, and under which aggregate they are published."""

from __future__ import annotations

from typing import assert_never

from chassis.money import Money
from google.protobuf.message import Message
from kamai.contracts.v1 import contract_pb2, events_pb2, invoice_pb2, work_pb2
from kamai.type.v1 import money_pb2

from contracts.domain import events as domain
from contracts.domain.events import DomainEvent


def encode(event: DomainEvent) -> Message:
    match event:
        case domain.OrganisationCreated():
            return events_pb2.OrganisationCreated(organisation_id=event.organisation_id, country=event.country)
        case domain.PurchaseOrderOpened() | domain.PurchaseOrderBudgetChanged() | domain.PurchaseOrderClosed():
            return _purchase_order(event)
        case domain.PurchaseOrderAmended():
            return events_pb2.PurchaseOrderAmended(
                purchase_order_id=event.purchase_order_id, organisation_id=event.organisation_id,
                from_ceiling=_money(event.from_ceiling), to_ceiling=_money(event.to_ceiling),
            )  # fmt: skip
        case domain.ContractDrafted() | domain.ContractStateChanged():
            return _contract(event)
        case domain.WorkItemStateChanged():
            return _work(event)
        case domain.InvoiceStateChanged() | domain.PayableRaised():
            return _invoice(event)
    assert_never(event)


def _purchase_order(
    event: domain.PurchaseOrderOpened | domain.PurchaseOrderBudgetChanged | domain.PurchaseOrderClosed,
) -> Message:
    order, owner = event.purchase_order_id, event.organisation_id
    if isinstance(event, domain.PurchaseOrderOpened):
        return events_pb2.PurchaseOrderOpened(purchase_order_id=order, organisation_id=owner, ceiling=_money(event.ceiling))
    if isinstance(event, domain.PurchaseOrderClosed):
        return events_pb2.PurchaseOrderClosed(purchase_order_id=order, organisation_id=owner)
    return events_pb2.PurchaseOrderBudgetChanged(
        purchase_order_id=order, organisation_id=owner, committed=_money(event.committed), invoiced=_money(event.invoiced)
    )


def _contract(event: domain.ContractDrafted | domain.ContractStateChanged) -> Message:
    if isinstance(event, domain.ContractDrafted):
        return events_pb2.ContractDrafted(
            contract_id=event.contract_id, organisation_id=event.organisation_id, contractor_id=event.contractor_id,
            purchase_order_id=event.purchase_order_id, total=_money(event.total),
        )  # fmt: skip
    return events_pb2.ContractStateChanged(
        contract_id=event.contract_id, organisation_id=event.organisation_id, contractor_id=event.contractor_id,
        from_state=_contract_state(event.from_state), to_state=_contract_state(event.to_state), terms_version=event.terms_version,
    )  # fmt: skip


def _work(event: domain.WorkItemStateChanged) -> Message:
    return events_pb2.WorkItemStateChanged(
        work_item_id=event.work_item_id, contract_id=event.contract_id, organisation_id=event.organisation_id,
        contractor_id=event.contractor_id, kind=work_pb2.WorkKind.Value(f"WORK_KIND_{event.kind}"),
        from_state=_work_state(event.from_state), to_state=_work_state(event.to_state), amount=_money(event.amount),
    )  # fmt: skip


def _invoice(event: domain.InvoiceStateChanged | domain.PayableRaised) -> Message:
    if isinstance(event, domain.InvoiceStateChanged):
        return events_pb2.InvoiceStateChanged(
            invoice_id=event.invoice_id, organisation_id=event.organisation_id, contractor_id=event.contractor_id,
            from_state=_invoice_state(event.from_state), to_state=_invoice_state(event.to_state), total=_money(event.total),
        )  # fmt: skip
    return events_pb2.PayableRaised(
        invoice_id=event.invoice_id, organisation_id=event.organisation_id, contractor_id=event.contractor_id,
        contract_id=event.contract_id, terms_version=event.terms_version, work_item_ids=event.work_item_ids,
        amount=_money(event.amount), due_date=event.due_date.isoformat(), invoice_number=event.invoice_number,
    )  # fmt: skip


def _money(money: Money) -> money_pb2.Money:
    return money_pb2.Money(amount_minor=money.amount_minor, currency=money.currency)


def _contract_state(name: str) -> contract_pb2.ContractState.ValueType:
    return contract_pb2.ContractState.Value(f"CONTRACT_STATE_{name or 'UNSPECIFIED'}")


def _work_state(name: str) -> work_pb2.WorkState.ValueType:
    return work_pb2.WorkState.Value(f"WORK_STATE_{name or 'UNSPECIFIED'}")


def _invoice_state(name: str) -> invoice_pb2.InvoiceState.ValueType:
    return invoice_pb2.InvoiceState.Value(f"INVOICE_STATE_{name or 'UNSPECIFIED'}")
