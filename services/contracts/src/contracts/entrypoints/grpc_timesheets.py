"""kamai.contracts.v1.TimesheetService."""

from __future__ import annotations

from typing import Any

from chassis.rpc.mutations import Mutations
from kamai.contracts.v1 import work_pb2 as pb
from kamai.contracts.v1 import work_pb2_grpc

from contracts.app.approve_timesheet import ApproveTimesheet, approve_timesheet
from contracts.app.return_timesheet import ReturnTimesheet, return_timesheet
from contracts.app.submit_timesheet import SubmitTimesheet, submit_timesheet
from contracts.domain.work import TimeEntry
from contracts.entrypoints import messages
from contracts.entrypoints.messages_work import work_item
from contracts.entrypoints.unit_of_work import BoundUnitOfWork


class TimesheetServicer(work_pb2_grpc.TimesheetServiceServicer):
    def __init__(self, mutations: Mutations[Any]) -> None:
        self._mutations: Mutations[BoundUnitOfWork] = mutations

    async def SubmitTimesheet(self, request: pb.SubmitTimesheetRequest, context: Any) -> Any:
        command = SubmitTimesheet(
            request.contract_id,
            messages.read_day(request.week_start, "week_start"),
            _entries(request),
        )

        async def work(uow: BoundUnitOfWork) -> pb.SubmitTimesheetResponse:
            return pb.SubmitTimesheetResponse(work_item=work_item(await submit_timesheet(uow, command)))

        return await self._mutations.run(request, work)

    async def ApproveTimesheet(self, request: pb.ApproveTimesheetRequest, context: Any) -> Any:
        command = ApproveTimesheet(request.id)

        async def work(uow: BoundUnitOfWork) -> pb.ApproveTimesheetResponse:
            return pb.ApproveTimesheetResponse(work_item=work_item(await approve_timesheet(uow, command)))

        return await self._mutations.run(request, work)

    async def ReturnTimesheet(self, request: pb.ReturnTimesheetRequest, context: Any) -> Any:
        command = ReturnTimesheet(request.id, request.reason)

        async def work(uow: BoundUnitOfWork) -> pb.ReturnTimesheetResponse:
            return pb.ReturnTimesheetResponse(work_item=work_item(await return_timesheet(uow, command)))

        return await self._mutations.run(request, work)


def _entries(request: pb.SubmitTimesheetRequest) -> tuple[TimeEntry, ...]:
    return tuple(
        TimeEntry(messages.read_day(entry.date, f"entries[{place}].date"), entry.units_hundredths, entry.note)
        for place, entry in enumerate(request.entries)
    )
