"""kamai.contracts.v1.InvoiceService."""

from __future__ import annotations

from typing import Any

from chassis.rpc import history
from chassis.rpc.mutations import Mutations
from kamai.contracts.v1 import invoice_pb2 as pb
from kamai.contracts.v1 import invoice_pb2_grpc
from kamai.type.v1 import history_pb2

from contracts.app.approve_invoice import ApproveInvoice, approve_invoice
from contracts.app.void_invoice import VoidInvoice, void_invoice
from contracts.domain.invoice import Invoice
from contracts.entrypoints import messages
from contracts.entrypoints.lists import listed
from contracts.entrypoints.unit_of_work import BoundUnitOfWork


class InvoiceServicer(invoice_pb2_grpc.InvoiceServiceServicer):
    def __init__(self, mutations: Mutations[Any]) -> None:
        self._mutations: Mutations[BoundUnitOfWork] = mutations

    async def GetInvoice(self, request: pb.GetInvoiceRequest, context: Any) -> Any:
        async def work(uow: BoundUnitOfWork) -> pb.GetInvoiceResponse:
            return pb.GetInvoiceResponse(invoice=_message(await uow.invoices.get(request.id)))

        return await self._mutations.read(work)

    async def ListInvoices(self, request: pb.ListInvoicesRequest, context: Any) -> Any:
        states = [pb.InvoiceState.Name(state).removeprefix("INVOICE_STATE_") for state in request.states]

        async def work(uow: BoundUnitOfWork) -> pb.ListInvoicesResponse:
            given, token = await listed(request, uow.invoices.page, states)
            return pb.ListInvoicesResponse(invoices=[_message(i) for i in given], next_page_token=token)

        return await self._mutations.read(work)

    async def ApproveInvoice(self, request: pb.ApproveInvoiceRequest, context: Any) -> Any:
        command = ApproveInvoice(request.id, request.reason)

        async def work(uow: BoundUnitOfWork) -> pb.ApproveInvoiceResponse:
            return pb.ApproveInvoiceResponse(invoice=_message(await approve_invoice(uow, command)))

        return await self._mutations.run(request, work)

    async def VoidInvoice(self, request: pb.VoidInvoiceRequest, context: Any) -> Any:
        command = VoidInvoice(request.id, request.reason)

        async def work(uow: BoundUnitOfWork) -> pb.VoidInvoiceResponse:
            return pb.VoidInvoiceResponse(invoice=_message(await void_invoice(uow, command)))

        return await self._mutations.run(request, work)

    async def ListInvoiceTransitions(self, request: pb.ListInvoiceTransitionsRequest, context: Any) -> Any:
        async def work(uow: BoundUnitOfWork) -> pb.ListInvoiceTransitionsResponse:
            await uow.invoices.get(request.id)  # another tenant's history is not found either
            steps, token = await history.page(uow.connection, request)
            return pb.ListInvoiceTransitionsResponse(transitions=steps, next_page_token=token)

        return await self._mutations.read(work)


def _message(invoice: Invoice) -> pb.Invoice:
    return pb.Invoice(
        id=invoice.id,
        number=invoice.number,
        organisation_id=invoice.organisation_id,
        contractor_id=invoice.contractor_id,
        contract_id=invoice.contract_id,
        terms_version=invoice.terms_version,
        purchase_order_id=invoice.purchase_order_id,
        state=pb.InvoiceState.Value(f"INVOICE_STATE_{invoice.state}"),
        lines=[
            pb.InvoiceLine(work_item_id=line.work_item_id, description=line.description, amount=messages.money(line.amount))
            for line in invoice.lines
        ],
        total=messages.money(invoice.total),
        issue_date=invoice.issue_date.isoformat(),
        due_date=invoice.due_date.isoformat(),
        holds=[
            pb.InvoiceHold(code=hold.code, message=hold.message, who_acts=history_pb2.Party.Value(f"PARTY_{hold.who_acts}"))
            for hold in invoice.holds
        ],
        paid=messages.money(invoice.paid),
        etag=str(invoice.version),
        create_time=messages.moment(invoice.created_at),
        update_time=messages.moment(invoice.updated_at),
    )
