"""What the use cases need from the outside. Every repository sees only what belongs to the caller's tenant.

`lock` reads for a change and holds the row until the transaction ends; locks are taken in the order contract, invoice, work item,
purchase order, so that no two transactions wait for each other. `save` raises Conflict when the version has moved on, and writes
steps and events in the same transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from chassis.ids import IdFactory
from chassis.money import Money

from contracts.domain.capability import CapabilityStatus
from contracts.domain.contract import Contract
from contracts.domain.events import Events
from contracts.domain.invoice import Invoice
from contracts.domain.organisation import Organisation
from contracts.domain.purchase_order import Amendment, Commitment, PurchaseOrder
from contracts.domain.work import WorkItem


@dataclass(frozen=True, slots=True)
class Query:
    """A page of a list, newest first: what lies behind `after`, at most `limit` rows. Empty filters let everything pass."""

    after: UUID | None
    limit: int
    organisation_id: str = ""
    contractor_id: str = ""
    contract_id: str = ""
    states: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class KeptAmendment:
    """A change of a purchase order as it was recorded. `number` counts over all orders; `version`: the order's after it."""

    number: int
    version: int
    amendment: Amendment
    actor: str
    reason: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Document:
    """A rendered contract: PDF and its SHA-256 in lower-case hex."""

    pdf: bytes
    sha256: str


class Organisations(Protocol):
    async def get(self, organisation_id: str) -> Organisation: ...
    async def add(self, organisation: Organisation, events: Events) -> None: ...
    async def page(self, query: Query) -> Sequence[Organisation]: ...


class PurchaseOrders(Protocol):
    async def get(self, order_id: str) -> PurchaseOrder: ...
    async def many(self, order_ids: Collection[str]) -> Mapping[str, PurchaseOrder]:
        """By id."""
        ...

    async def lock(self, order_id: str) -> PurchaseOrder: ...
    async def add(self, order: PurchaseOrder, events: Events) -> None: ...
    async def save(self, order: PurchaseOrder, events: Events, reason: str = "") -> None: ...
    async def add_amendments(self, order: PurchaseOrder, amendments: Sequence[Amendment], reason: str) -> None:
        """After `save`: what was changed, by the caller, to the order as it is now."""
        ...

    async def amendments_after(self, order_id: str, number: int, limit: int) -> Sequence[KeptAmendment]:
        """Oldest first."""
        ...

    async def page(self, query: Query) -> Sequence[PurchaseOrder]: ...
    async def commitment(self, contract_id: str) -> Commitment | None:
        """Read under the lock of its purchase order."""
        ...

    async def keep_commitment(self, commitment: Commitment) -> None: ...


class Contracts(Protocol):
    async def get(self, contract_id: str) -> Contract: ...
    async def lock(self, contract_id: str) -> Contract: ...
    async def add(self, contract: Contract, events: Events) -> None: ...
    async def save(self, contract: Contract, events: Events, reason: str = "") -> None: ...
    async def page(self, query: Query) -> Sequence[Contract]: ...
    async def keep_document(self, contract: Contract, document: Document) -> None: ...
    async def document(self, contract: Contract) -> Document: ...


class WorkItems(Protocol):
    async def get(self, work_id: str) -> WorkItem: ...
    async def lock(self, work_id: str) -> WorkItem: ...
    async def lock_week(self, contract_id: str, week_start: date) -> WorkItem | None: ...
    async def lock_of_contract(self, contract_id: str) -> Sequence[WorkItem]: ...
    async def lock_of_invoice(self, invoice_id: str) -> Sequence[WorkItem]: ...
    async def add(self, item: WorkItem, events: Events) -> None: ...
    async def save(self, item: WorkItem, events: Events, reason: str = "") -> None: ...
    async def page(self, query: Query) -> Sequence[WorkItem]: ...
    async def claimed(self, contract: Contract) -> Money:
        """Sum of what the contract's work costs so far; returned and cancelled work does not count."""
        ...

    async def unsettled(self, contract: Contract) -> Money:
        """Sum of delivered work that still has to be taken from the commitment."""
        ...


class Invoices(Protocol):
    async def get(self, invoice_id: str) -> Invoice: ...
    async def lock(self, invoice_id: str) -> Invoice: ...
    async def add(self, invoice: Invoice, events: Events, reason: str = "") -> None: ...
    async def save(self, invoice: Invoice, events: Events, reason: str = "") -> None: ...
    async def page(self, query: Query) -> Sequence[Invoice]: ...
    async def next_number(self, contractor_id: str, year: int) -> int:
        """The next of the contractor's numbers in the year; it is taken only if the transaction commits."""
        ...


class Capabilities(Protocol):
    async def of(self, contractor_id: str) -> Mapping[str, CapabilityStatus]: ...
    async def replace(self, contractor_id: str, capabilities: Mapping[str, CapabilityStatus]) -> None: ...


class Erasure(Protocol):
    """What is kept of contractors who must be forgotten."""

    async def destroy_keys(self, contractor_ids: Collection[UUID]) -> None:
        """All that is sealed for them is gone once the transaction commits, for ever."""
        ...

    async def clear(self, contractor_ids: Collection[UUID]) -> None:
        """What is personal and not sealed."""
        ...

    async def sweep_keys(self) -> None:
        """Deletes keys that a restored backup brought back."""
        ...

    async def registered(self, after: UUID | None, limit: int) -> Sequence[UUID]:
        """Those who were erased, by id."""
        ...

    async def unregistered(self, contractor_ids: Collection[UUID]) -> Sequence[UUID]:
        """Those of them who were not."""
        ...


class UnitOfWork(Protocol):
    """One transaction. `organisation_id` or `contractor_id` is whom the caller acts for; both are "" for our own workers."""

    @property
    def organisations(self) -> Organisations: ...
    @property
    def orders(self) -> PurchaseOrders: ...
    @property
    def contracts(self) -> Contracts: ...
    @property
    def work(self) -> WorkItems: ...
    @property
    def invoices(self) -> Invoices: ...
    @property
    def capabilities(self) -> Capabilities: ...
    @property
    def erasure(self) -> Erasure: ...
    @property
    def actor(self) -> str: ...
    @property
    def organisation_id(self) -> str: ...

    @property
    def contractor_id(self) -> str: ...
    @property
    def now(self) -> datetime: ...
    @property
    def ids(self) -> IdFactory: ...


class DocumentRenderer(Protocol):
    """Makes the document of a contract: the same input gives the same bytes."""

    async def render(self, contract: Contract, client_name: str, order_number: str) -> Document:
        """Raises InvalidFields for text with characters the document cannot show."""
        ...
