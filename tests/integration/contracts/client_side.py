"""What the callers of the contracts service do: the calls of a test, over real gRPC."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import uuid4

import asyncpg
import grpc
from chassis.clock import ManualClock
from chassis.ids import RandomIds, raw
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from kamai.contracts.v1 import (
    contract_pb2,
    contract_pb2_grpc,
    invoice_pb2,
    invoice_pb2_grpc,
    purchasing_pb2,
    purchasing_pb2_grpc,
    work_pb2,
    work_pb2_grpc,
)
from kamai.type.v1 import money_pb2
from support.tokens import TokenMaker

CONTRACTOR_SUBJECT = "contractor-person"


def usd(minor: int) -> money_pb2.Money:
    return money_pb2.Money(amount_minor=minor, currency="USD")


def request_id() -> str:
    return str(uuid4())


def at(moment: Any) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp


@dataclass
class Failure:
    """A refused call, as a client sees it."""

    code: grpc.StatusCode
    reason: str
    metadata: dict[str, str]
    preconditions: list[str] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)


def failure(error: grpc.aio.AioRpcError) -> Failure:
    found = Failure(error.code(), "", {})
    for detail in rpc_status.from_call(error).details:
        info, missing, bad = (
            error_details_pb2.ErrorInfo(),
            error_details_pb2.PreconditionFailure(),
            error_details_pb2.BadRequest(),
        )
        if detail.Unpack(info):
            found.reason, found.metadata = info.reason, dict(info.metadata)
        elif detail.Unpack(missing):
            found.preconditions = [violation.type for violation in missing.violations]
        elif detail.Unpack(bad):
            found.fields = [violation.field for violation in bad.field_violations]
    return found


async def refused(call: Any) -> Failure:
    """The failure of a call that must not pass."""
    try:
        answer = await call
    except grpc.aio.AioRpcError as error:
        return failure(error)
    raise AssertionError(f"was answered: {answer}")


class Kamai:
    """Stubs and shortcuts. Callers are the client's person `buyer`, of the organisation made last, and the contractor made last,
    unless told otherwise."""

    def __init__(self, channel: grpc.aio.Channel, tokens: TokenMaker, clock: ManualClock, pool: asyncpg.Pool[Any]) -> None:
        self.tokens, self.clock, self.pool, self.ids = tokens, clock, pool, RandomIds()
        self.client_id, self.contractor_id = "", ""
        self.organisations = purchasing_pb2_grpc.OrganisationServiceStub(channel)
        self.orders = purchasing_pb2_grpc.PurchaseOrderServiceStub(channel)
        self.contracts = contract_pb2_grpc.ContractServiceStub(channel)
        self.milestones = work_pb2_grpc.MilestoneServiceStub(channel)
        self.timesheets = work_pb2_grpc.TimesheetServiceStub(channel)
        self.sessions = work_pb2_grpc.SessionServiceStub(channel)
        self.work = work_pb2_grpc.WorkItemServiceStub(channel)
        self.invoices = invoice_pb2_grpc.InvoiceServiceStub(channel)

    def as_(self, subject: str = "buyer", organisation_id: str = "") -> dict[str, Any]:
        return {"metadata": self.tokens.metadata(subject, organisation_id or self.client_id), "timeout": 20}

    @property
    def operator(self) -> dict[str, Any]:
        return {"metadata": self.tokens.metadata("operator"), "timeout": 20}

    @property
    def contractor(self) -> dict[str, Any]:
        return self.as_contractor(self.contractor_id)

    def as_contractor(self, contractor_id: str, subject: str = CONTRACTOR_SUBJECT) -> dict[str, Any]:
        return {"metadata": self.tokens.metadata(subject, contractor_id=contractor_id), "timeout": 20}

    async def onboarded(self, *capabilities: str) -> str:
        """A contractor for whom onboarding's events have arrived."""
        contractor_id = self.contractor_id = self.ids.new("contractor")
        for capability in capabilities or ("SIGN_CONTRACT", "SUBMIT_WORK"):
            await self.pool.execute(
                "INSERT INTO contractor_capability VALUES ($1, $2, 'ACTIVE', '')", raw(contractor_id), capability
            )
        return contractor_id

    async def organisation(self) -> str:
        request = purchasing_pb2.CreateOrganisationRequest(request_id=request_id(), legal_name="Cedar Mills Ltd", country="GB")
        self.client_id = (await self.organisations.CreateOrganisation(request, **self.operator)).organisation.id
        return self.client_id

    async def order(self, organisation_id: str, ceiling_minor: int, number: str = "") -> str:
        line = purchasing_pb2.PurchaseOrderLine(
            line_number=1, description="Interviews", cost_centre="HR", ceiling=usd(ceiling_minor)
        )
        request = purchasing_pb2.CreatePurchaseOrderRequest(
            request_id=request_id(),
            organisation_id=organisation_id,
            number=number or request_id()[:18],
            currency="USD",
            lines=[line],
        )
        return (await self.orders.CreatePurchaseOrder(request, **self.as_("buyer", organisation_id))).purchase_order.id

    async def budget(self, order_id: str) -> purchasing_pb2.PurchaseOrder:
        return (
            await self.orders.GetPurchaseOrder(purchasing_pb2.GetPurchaseOrderRequest(id=order_id), **self.as_())
        ).purchase_order

    def terms(self, start: date | None = None, **kind: Any) -> contract_pb2.ContractTerms:
        first = start or self.clock.at.date()
        return contract_pb2.ContractTerms(
            title="Platform work", currency="USD", start_date=first.isoformat(), payment_due_days=30, scope="As agreed.\nمعاہدہ",
            **kind,
        )  # fmt: skip

    def fixed(self, *amounts_minor: int) -> contract_pb2.FixedTerms:
        return contract_pb2.FixedTerms(
            milestones=[contract_pb2.MilestoneTerms(title=f"Part {n}", amount=usd(a)) for n, a in enumerate(amounts_minor, 1)]
        )

    async def proposed(
        self, organisation_id: str, order_id: str, contractor_id: str, terms: contract_pb2.ContractTerms
    ) -> contract_pb2.Contract:
        self.client_id, self.contractor_id = organisation_id, contractor_id
        draft = contract_pb2.DraftContractRequest(
            request_id=request_id(), organisation_id=organisation_id, contractor_id=contractor_id, purchase_order_id=order_id,
            terms=terms,
        )  # fmt: skip
        made = (await self.contracts.DraftContract(draft, **self.as_())).contract
        propose = contract_pb2.ProposeContractRequest(request_id=request_id(), id=made.id)
        return (await self.contracts.ProposeContract(propose, **self.as_())).contract

    async def sign(self, contract: contract_pb2.Contract, by_contractor: bool = False) -> contract_pb2.Contract:
        party = contract_pb2.SIGNING_PARTY_CONTRACTOR if by_contractor else contract_pb2.SIGNING_PARTY_CLIENT
        request = contract_pb2.SignContractRequest(
            request_id=request_id(), id=contract.id, party=party, signer_name="Sana", document_sha256=contract.document_sha256
        )
        caller = self.contractor if by_contractor else self.as_()
        return (await self.contracts.SignContract(request, **caller)).contract

    async def active(self, terms: contract_pb2.ContractTerms, ceiling_minor: int = 10_000_00) -> contract_pb2.Contract:
        """A contract signed by both on a purchase order of its own."""
        organisation_id = await self.organisation()
        order_id = await self.order(organisation_id, ceiling_minor)
        contract = await self.proposed(organisation_id, order_id, await self.onboarded(), terms)
        return await self.sign(await self.sign(contract), by_contractor=True)

    async def items(self, contract_id: str) -> Sequence[work_pb2.WorkItem]:
        """Oldest first, milestones by number."""
        answer = await self.work.ListWorkItems(work_pb2.ListWorkItemsRequest(contract_id=contract_id), **self.as_())
        return sorted(answer.work_items, key=lambda item: (item.milestone.number, item.id))

    async def submitted_milestone(self, contract_id: str, place: int = 0) -> work_pb2.WorkItem:
        item = (await self.items(contract_id))[place]
        request = work_pb2.SubmitMilestoneRequest(request_id=request_id(), id=item.id, note="ready")
        return (await self.milestones.SubmitMilestone(request, **self.contractor)).work_item

    async def accept_milestone(self, work_id: str, subject: str = "buyer") -> work_pb2.WorkItem:
        request = work_pb2.AcceptMilestoneRequest(request_id=request_id(), id=work_id)
        return (await self.milestones.AcceptMilestone(request, **self.as_(subject))).work_item

    async def invoice(self, invoice_id: str) -> invoice_pb2.Invoice:
        return (await self.invoices.GetInvoice(invoice_pb2.GetInvoiceRequest(id=invoice_id), **self.as_())).invoice

    async def end(self, contract_id: str) -> contract_pb2.Contract:
        request = contract_pb2.EndContractRequest(request_id=request_id(), id=contract_id, reason="project over")
        return (await self.contracts.EndContract(request, **self.as_())).contract

    async def outbox(self, type_name: str) -> list[Any]:
        """Events of that type, oldest first (no relay runs in these tests)."""
        rows: list[Any] = await self.pool.fetch(
            "SELECT key, aggregate_version, payload FROM outbox WHERE type = $1 ORDER BY id", f"kamai.contracts.v1.{type_name}"
        )
        return rows
