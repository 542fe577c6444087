"""RunService: plan, approve, execute, watch."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

from chassis.ids import decode
from chassis.rpc import history, pages
from chassis.rpc.mutations import Mutations
from google.protobuf.message import Message
from kamai.payouts.v1 import run_pb2, run_pb2_grpc

from payouts.app import tenancy
from payouts.app.ports import Calendar
from payouts.app.runs.approve_run import approve_run
from payouts.app.runs.cancel_run import cancel_run
from payouts.app.runs.execute_run import execute_run
from payouts.app.runs.plan_run import PlanRun, plan_run
from payouts.app.runs.recall_run import recall_run
from payouts.app.runs.reject_run import reject_run
from payouts.app.runs.submit_run import submit_run
from payouts.domain.runs.run import Run
from payouts.domain.runs.states import RunMode, RunState
from payouts.entrypoints import protobuf
from payouts.entrypoints.requests import TransactionUow, day, names, optional, tenant

FINISHED = frozenset({RunState.CLOSED, RunState.CANCELLED})


class RunServicer(run_pb2_grpc.RunServiceServicer):
    def __init__(
        self, mutations: Mutations[TransactionUow], calendar: Calendar, screening_timeout_s: float, watch_poll_s: float
    ) -> None:
        self._mutations, self._calendar = mutations, calendar
        self._screening_timeout_s, self._watch_poll_s = screening_timeout_s, watch_poll_s

    async def _change(
        self, request: Any, reply: Callable[..., Message], use_case: Callable[[TransactionUow], Awaitable[Run]]
    ) -> bytes:
        async def work(uow: TransactionUow) -> Message:
            run = await use_case(uow)
            return reply(run=protobuf.run(await uow.runs.view(run.id)))

        return await self._mutations.run(request, work)

    async def PlanRun(self, request: run_pb2.PlanRunRequest, context: Any) -> bytes:  # type: ignore[override]
        mode = RunMode.ATOMIC if request.mode == run_pb2.RUN_MODE_ATOMIC else RunMode.PARTIAL
        command = PlanRun(
            decode(request.organisation_id, "org", "organisation_id"),
            decode(request.funding_account_id, "funding", "funding_account_id"),
            tuple(decode(each, "obligation", "obligation_ids") for each in request.obligation_ids) or None,
            day(request.due_by, "due_by"), mode, day(request.value_date, "value_date"), request.external_id,
        )  # fmt: skip
        return await self._change(request, run_pb2.PlanRunResponse, lambda uow: plan_run(uow, command, self._calendar))

    async def SubmitRun(self, request: run_pb2.SubmitRunRequest, context: Any) -> bytes:  # type: ignore[override]
        run_id = decode(request.id, "run")
        return await self._change(request, run_pb2.SubmitRunResponse, lambda uow: submit_run(uow, run_id))

    async def ApproveRun(self, request: run_pb2.ApproveRunRequest, context: Any) -> bytes:  # type: ignore[override]
        run_id = decode(request.id, "run")
        return await self._change(request, run_pb2.ApproveRunResponse, lambda uow: approve_run(uow, run_id, request.digest))

    async def RejectRun(self, request: run_pb2.RejectRunRequest, context: Any) -> bytes:  # type: ignore[override]
        run_id = decode(request.id, "run")
        return await self._change(request, run_pb2.RejectRunResponse, lambda uow: reject_run(uow, run_id, request.reason))

    async def RecallRun(self, request: run_pb2.RecallRunRequest, context: Any) -> bytes:  # type: ignore[override]
        run_id = decode(request.id, "run")
        return await self._change(request, run_pb2.RecallRunResponse, lambda uow: recall_run(uow, run_id, request.reason))

    async def CancelRun(self, request: run_pb2.CancelRunRequest, context: Any) -> bytes:  # type: ignore[override]
        run_id = decode(request.id, "run")
        return await self._change(request, run_pb2.CancelRunResponse, lambda uow: cancel_run(uow, run_id, request.reason))

    async def ExecuteRun(self, request: run_pb2.ExecuteRunRequest, context: Any) -> bytes:  # type: ignore[override]
        run_id, timeout_s = decode(request.id, "run"), self._screening_timeout_s
        return await self._change(
            request, run_pb2.ExecuteRunResponse, lambda uow: execute_run(uow, run_id, request.digest, timeout_s)
        )

    async def GetRun(self, request: run_pb2.GetRunRequest, context: Any) -> Message:  # type: ignore[override]
        return await self._mutations.read(lambda uow: self._get(uow, decode(request.id, "run"), run_pb2.GetRunResponse))

    @staticmethod
    async def _get(uow: TransactionUow, run_id: UUID, reply: Callable[..., Message]) -> Message:
        view = await uow.runs.view(run_id)
        tenancy.require(uow, view.run.organisation_id, "run", "")
        return reply(run=protobuf.run(view))

    async def ListRuns(self, request: run_pb2.ListRunsRequest, context: Any) -> Message:  # type: ignore[override]
        page = pages.of(request)
        states = names(request.states, run_pb2.RunState, "RUN_STATE_")

        async def work(uow: TransactionUow) -> Message:
            asked = tenant(uow, optional(request.organisation_id, "org", "organisation_id"))
            found = await uow.reads.runs(asked, states, page.after, page.fetch)
            given, token = pages.cut(page, found, lambda each: each)
            views = [protobuf.run(await uow.runs.view(each)) for each in given]
            return run_pb2.ListRunsResponse(runs=views, next_page_token=token)

        return await self._mutations.read(work)

    async def WatchRun(  # type: ignore[override]
        self, request: run_pb2.WatchRunRequest, context: Any
    ) -> AsyncIterator[Message]:
        """The lines settle without touching the run's version, so what is compared is everything that is shown."""
        run_id = decode(request.id, "run")
        shown = None
        while True:
            reply: Any = await self._mutations.read(lambda uow: self._get(uow, run_id, run_pb2.WatchRunResponse))
            if reply != shown:
                shown = reply
                yield reply
            if RunState(run_pb2.RunState.Name(reply.run.state).removeprefix("RUN_STATE_")) in FINISHED:
                return
            await asyncio.sleep(self._watch_poll_s)

    async def ListRunTransitions(self, request: Any, context: Any) -> Message:  # type: ignore[override]
        async def work(uow: TransactionUow) -> Message:
            tenancy.require(uow, (await uow.runs.view(decode(request.id, "run"))).run.organisation_id, "run", request.id)
            steps, token = await history.page(uow.connection, request)
            return run_pb2.ListRunTransitionsResponse(transitions=steps, next_page_token=token)

        return await self._mutations.read(work)
