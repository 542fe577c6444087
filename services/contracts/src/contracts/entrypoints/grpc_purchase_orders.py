"""kamai.contracts.v1.PurchaseOrderService."""

from __future__ import annotations

from typing import Any

from chassis import ids
from chassis.rpc import pages
from chassis.rpc.mutations import Mutations
from kamai.contracts.v1 import purchasing_pb2 as pb
from kamai.contracts.v1 import purchasing_pb2_grpc

from contracts.app.close_purchase_order import ClosePurchaseOrder, close_purchase_order
from contracts.app.create_purchase_order import CreatePurchaseOrder, create_purchase_order
from contracts.domain.purchase_order import DEFAULT_TOLERANCE_BPS, OrderLine, PurchaseOrder
from contracts.entrypoints import messages
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
        page = pages.of(request)

        async def work(uow: BoundUnitOfWork) -> pb.ListPurchaseOrdersResponse:
            found = await uow.orders.page(messages.query(request, page))
            given, token = pages.cut(page, found, lambda order: ids.raw(order.id))
            return pb.ListPurchaseOrdersResponse(purchase_orders=[_message(o) for o in given], next_page_token=token)

        return await self._mutations.read(work)

    async def ClosePurchaseOrder(self, request: pb.ClosePurchaseOrderRequest, context: Any) -> Any:
        command = ClosePurchaseOrder(request.id, request.reason)

        async def work(uow: BoundUnitOfWork) -> pb.ClosePurchaseOrderResponse:
            return pb.ClosePurchaseOrderResponse(purchase_order=_message(await close_purchase_order(uow, command)))

        return await self._mutations.run(request, work)


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
