"""The topics this service writes, and those of others that it reads."""

from __future__ import annotations

from chassis.events.topics import Topic, TopicRegistry
from kamai.contracts.v1 import events_pb2 as contracts
from kamai.onboarding.v1 import events_pb2 as onboarding
from kamai.payouts.v1 import events_pb2 as payouts

ORGANISATION = Topic("kamai.contracts.organisation.v1", "org", (contracts.OrganisationCreated,))
PURCHASE_ORDER = Topic(
    "kamai.contracts.purchase-order.v1",
    "po",
    (
        contracts.PurchaseOrderOpened,
        contracts.PurchaseOrderBudgetChanged,
        contracts.PurchaseOrderAmended,
        contracts.PurchaseOrderClosed,
    ),
)
CONTRACT = Topic("kamai.contracts.contract.v1", "contract", (contracts.ContractDrafted, contracts.ContractStateChanged))
WORK = Topic("kamai.contracts.work.v1", "work", (contracts.WorkItemStateChanged,))
INVOICE = Topic("kamai.contracts.invoice.v1", "invoice", (contracts.InvoiceStateChanged, contracts.PayableRaised))
EMITS = TopicRegistry([ORGANISATION, PURCHASE_ORDER, CONTRACT, WORK, INVOICE])

# Types that are not listed only move the position.
CONTRACTOR = Topic(
    "kamai.onboarding.contractor.v1", "contractor", (onboarding.CapabilitiesChanged, onboarding.ContractorErased), personal=True
)
ERASURE = Topic("kamai.onboarding.erasure.v1", "contractor", (onboarding.ErasureRegistered,), compacted=True)
OBLIGATION = Topic("kamai.payouts.obligation.v1", "obligation", (payouts.ObligationStateChanged,))
CONSUMES = TopicRegistry([CONTRACTOR, ERASURE, OBLIGATION])
