"""kamai.contracts.v1.PurchaseOrderService."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from chassis.rpc import history, pages
from chassis.rpc.mutations import Mutations
from kamai.contracts.v1 import purchasing_pb2 as pb
from kamai.contracts.v1 import purchasing_pb2_grpc

from contracts.app.amend_purchase_order import AmendPurchaseOrder, amend_purchase_order
from contracts.app.close_purchase_order import ClosePurchaseOrder, close_purchase_order
from contracts.app.create_purchase_order import CreatePurchaseOrder, create_purchase_order
from contracts.app.ports import KeptAmendment
from contracts.domain.purchase_order import DEFAULT_TOLERANCE_BPS, OrderLine, PurchaseOrder
from contracts.entrypoints import messages
from contracts.entrypoints.lists import listed
from contracts.entrypoints.unit_of_work import BoundUnitOfWork


class PurchaseOrderServicer(purchasing_pb2_grpc.PurchaseOrderServiceServicer):
    def __init__(self, mutations: Mutations[Any]) -> None:
        self._mutations: Mutations[BoundUnitOfWork] = mutations

    async def CreatePurchaseOrder(self, request: pb.CreatePurchaseOrderRequest, context: Any) -> Any:
        lines = tuple(
            OrderLine(line.line_number, line.description, line.cost_centre, messages.read_money(line.ceiling))
            for line in request.lines
        )
        tolerance_bps = request.tolerance_bps if request.HasField("tolerance_bps") else DEFAULT_TOLERANCE_BPS
        command = CreatePurchaseOrder(request.organisation_id, request.number, request.currency, lines, tolerance_bps)

        async def work(uow: BoundUnitOfWork) -> pb.CreatePurchaseOrderResponse:
            return pb.CreatePurchaseOrderResponse(purchase_order=_message(await create_purchase_order(uow, command)))

        return await self._mutations.run(request, work)

    async def GetPurchaseOrder(self, request: pb.GetPurchaseOrderRequest, context: Any) -> Any:
        async def work(uow: BoundUnitOfWork) -> pb.GetPurchaseOrderResponse:
            return pb.GetPurchaseOrderResponse(purchase_order=_message(await uow.orders.get(request.id)))

        return await self._mutations.read(work)

    async def ListPurchaseOrders(self, request: pb.ListPurchaseOrdersRequest, context: Any) -> Any:
        async def work(uow: BoundUnitOfWork) -> pb.ListPurchaseOrdersResponse:
            given, token = await listed(request, uow.orders.page)
            return pb.ListPurchaseOrdersResponse(purchase_orders=[_message(o) for o in given], next_page_token=token)

        return await self._mutations.read(work)

    async def AmendPurchaseOrder(self, request: pb.AmendPurchaseOrderRequest, context: Any) -> Any:
        ceilings = tuple((each.line_number, messages.read_money(each.ceiling)) for each in request.ceilings)
        command = AmendPurchaseOrder(request.id, request.etag, ceilings, request.reason)

        async def work(uow: BoundUnitOfWork) -> pb.AmendPurchaseOrderResponse:
            return pb.AmendPurchaseOrderResponse(purchase_order=_message(await amend_purchase_order(uow, command)))

        return await self._mutations.run(request, work)

    async def ClosePurchaseOrder(self, request: pb.ClosePurchaseOrderRequest, context: Any) -> Any:
        command = ClosePurchaseOrder(request.id, request.reason)

        async def work(uow: BoundUnitOfWork) -> pb.ClosePurchaseOrderResponse:
            return pb.ClosePurchaseOrderResponse(purchase_order=_message(await close_purchase_order(uow, command)))

        return await self._mutations.run(request, work)

    async def ListPurchaseOrderAmendments(self, request: pb.ListPurchaseOrderAmendmentsRequest, context: Any) -> Any:
        page = pages.of(request)

        async def work(uow: BoundUnitOfWork) -> pb.ListPurchaseOrderAmendmentsResponse:
            await uow.orders.get(request.id)  # another tenant's history is not found either
            found = await uow.orders.amendments_after(request.id, page.after.int if page.after else 0, page.fetch)
            given, token = pages.cut(page, found, lambda kept: UUID(int=kept.number))
            return pb.ListPurchaseOrderAmendmentsResponse(amendments=[_amendment(a) for a in given], next_page_token=token)

        return await self._mutations.read(work)

    async def ListPurchaseOrderTransitions(self, request: pb.ListPurchaseOrderTransitionsRequest, context: Any) -> Any:
        async def work(uow: BoundUnitOfWork) -> pb.ListPurchaseOrderTransitionsResponse:
            await uow.orders.get(request.id)
            steps, token = await history.page(uow.connection, request)
            return pb.ListPurchaseOrderTransitionsResponse(transitions=steps, next_page_token=token)

        return await self._mutations.read(work)


def _message(order: PurchaseOrder) -> pb.PurchaseOrder:
    return pb.PurchaseOrder(
        id=order.id,
        organisation_id=order.organisation_id,
        number=order.number,
        state=pb.PurchaseOrderState.Value(f"PURCHASE_ORDER_STATE_{order.state}"),
        lines=[
            pb.PurchaseOrderLine(
                line_number=line.line_number,
                description=line.description,
                cost_centre=line.cost_centre,
                ceiling=messages.money(line.ceiling),
            )
            for line in order.lines
        ],
        ceiling=messages.money(order.ceiling),
        tolerance_bps=order.tolerance_bps,
        committed=messages.money(order.committed),
        invoiced=messages.money(order.invoiced),
        available=messages.money(order.available),
        create_time=messages.moment(order.created_at),
        etag=str(order.version),
    )


def _amendment(kept: KeptAmendment) -> pb.PurchaseOrderAmendment:
    return pb.PurchaseOrderAmendment(
        line_number=kept.amendment.line_number,
        from_ceiling=messages.money(kept.amendment.from_ceiling),
        to_ceiling=messages.money(kept.amendment.to_ceiling),
        actor=kept.actor,
        reason=kept.reason,
        occurred_at=messages.moment(kept.occurred_at),
        version=kept.version,
    )
