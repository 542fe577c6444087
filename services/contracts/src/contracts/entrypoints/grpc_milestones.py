"""kamai.contracts.v1.MilestoneService."""

from __future__ import annotations

from typing import Any

from chassis.rpc.mutations import Mutations
from kamai.contracts.v1 import work_pb2 as pb
from kamai.contracts.v1 import work_pb2_grpc

from contracts.app.accept_milestone import AcceptMilestone, accept_milestone
from contracts.app.request_milestone_changes import RequestMilestoneChanges, request_milestone_changes
from contracts.app.submit_milestone import SubmitMilestone, submit_milestone
from contracts.entrypoints.messages_work import work_item
from contracts.entrypoints.unit_of_work import BoundUnitOfWork


class MilestoneServicer(work_pb2_grpc.MilestoneServiceServicer):
    def __init__(self, mutations: Mutations[Any]) -> None:
        self._mutations: Mutations[BoundUnitOfWork] = mutations

    async def SubmitMilestone(self, request: pb.SubmitMilestoneRequest, context: Any) -> Any:
        command = SubmitMilestone(request.id, request.note)

        async def work(uow: BoundUnitOfWork) -> pb.SubmitMilestoneResponse:
            return pb.SubmitMilestoneResponse(work_item=work_item(await submit_milestone(uow, command)))

        return await self._mutations.run(request, work)

    async def AcceptMilestone(self, request: pb.AcceptMilestoneRequest, context: Any) -> Any:
        command = AcceptMilestone(request.id)

        async def work(uow: BoundUnitOfWork) -> pb.AcceptMilestoneResponse:
            return pb.AcceptMilestoneResponse(work_item=work_item(await accept_milestone(uow, command)))

        return await self._mutations.run(request, work)

    async def RequestMilestoneChanges(self, request: pb.RequestMilestoneChangesRequest, context: Any) -> Any:
        command = RequestMilestoneChanges(request.id, request.reason)

        async def work(uow: BoundUnitOfWork) -> pb.RequestMilestoneChangesResponse:
            return pb.RequestMilestoneChangesResponse(work_item=work_item(await request_milestone_changes(uow, command)))

        return await self._mutations.run(request, work)
