"""kamai.contracts.v1.WorkItemService."""

from __future__ import annotations

from typing import Any

from chassis.rpc import history
from chassis.rpc.mutations import Mutations
from kamai.contracts.v1 import work_pb2 as pb
from kamai.contracts.v1 import work_pb2_grpc

from contracts.entrypoints.lists import listed
from contracts.entrypoints.messages_work import work_item
from contracts.entrypoints.unit_of_work import BoundUnitOfWork


class WorkItemServicer(work_pb2_grpc.WorkItemServiceServicer):
    def __init__(self, mutations: Mutations[Any]) -> None:
        self._mutations: Mutations[BoundUnitOfWork] = mutations

    async def GetWorkItem(self, request: pb.GetWorkItemRequest, context: Any) -> Any:
        async def work(uow: BoundUnitOfWork) -> pb.GetWorkItemResponse:
            return pb.GetWorkItemResponse(work_item=work_item(await uow.work.get(request.id)))

        return await self._mutations.read(work)

    async def ListWorkItems(self, request: pb.ListWorkItemsRequest, context: Any) -> Any:
        states = [pb.WorkState.Name(state).removeprefix("WORK_STATE_") for state in request.states]

        async def work(uow: BoundUnitOfWork) -> pb.ListWorkItemsResponse:
            given, token = await listed(request, uow.work.page, states)
            return pb.ListWorkItemsResponse(work_items=[work_item(item) for item in given], next_page_token=token)

        return await self._mutations.read(work)

    async def ListWorkItemTransitions(self, request: pb.ListWorkItemTransitionsRequest, context: Any) -> Any:
        async def work(uow: BoundUnitOfWork) -> pb.ListWorkItemTransitionsResponse:
            await uow.work.get(request.id)  # another tenant's history is not found either
            steps, token = await history.page(uow.connection, request)
            return pb.ListWorkItemTransitionsResponse(transitions=steps, next_page_token=token)

        return await self._mutations.read(work)
