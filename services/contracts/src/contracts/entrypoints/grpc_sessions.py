"""kamai.contracts.v1.SessionService."""

from __future__ import annotations

from typing import Any

from chassis.rpc.mutations import Mutations
from kamai.contracts.v1 import work_pb2 as pb
from kamai.contracts.v1 import work_pb2_grpc

from contracts.app.accept_session import AcceptSession, accept_session
from contracts.app.cancel_session import CancelSession, cancel_session
from contracts.app.confirm_session import ConfirmSession, confirm_session
from contracts.app.deliver_session import DeliverSession, deliver_session
from contracts.app.quote_session import QuoteSession, quote_session
from contracts.app.request_session import request_session
from contracts.domain.contract import Party
from contracts.domain.session import Outcome
from contracts.entrypoints import messages
from contracts.entrypoints.messages_work import price_line, work_item
from contracts.entrypoints.unit_of_work import BoundUnitOfWork


class SessionServicer(work_pb2_grpc.SessionServiceServicer):
    def __init__(self, mutations: Mutations[Any]) -> None:
        self._mutations: Mutations[BoundUnitOfWork] = mutations

    async def RequestSession(self, request: pb.RequestSessionRequest, context: Any) -> Any:
        command = _wanted(request)

        async def work(uow: BoundUnitOfWork) -> pb.RequestSessionResponse:
            return pb.RequestSessionResponse(work_item=work_item(await request_session(uow, command)))

        return await self._mutations.run(request, work)

    async def ConfirmSession(self, request: pb.ConfirmSessionRequest, context: Any) -> Any:
        command = ConfirmSession(request.id)

        async def work(uow: BoundUnitOfWork) -> pb.ConfirmSessionResponse:
            return pb.ConfirmSessionResponse(work_item=work_item(await confirm_session(uow, command)))

        return await self._mutations.run(request, work)

    async def DeliverSession(self, request: pb.DeliverSessionRequest, context: Any) -> Any:
        command = DeliverSession(request.id, _outcome(request))

        async def work(uow: BoundUnitOfWork) -> pb.DeliverSessionResponse:
            return pb.DeliverSessionResponse(work_item=work_item(await deliver_session(uow, command)))

        return await self._mutations.run(request, work)

    async def AcceptSession(self, request: pb.AcceptSessionRequest, context: Any) -> Any:
        command = AcceptSession(request.id)

        async def work(uow: BoundUnitOfWork) -> pb.AcceptSessionResponse:
            return pb.AcceptSessionResponse(work_item=work_item(await accept_session(uow, command)))

        return await self._mutations.run(request, work)

    async def CancelSession(self, request: pb.CancelSessionRequest, context: Any) -> Any:
        command = CancelSession(request.id, _side(request), request.reason)

        async def work(uow: BoundUnitOfWork) -> pb.CancelSessionResponse:
            return pb.CancelSessionResponse(work_item=work_item(await cancel_session(uow, command)))

        return await self._mutations.run(request, work)

    async def QuoteSession(self, request: pb.QuoteSessionRequest, context: Any) -> Any:
        wanted = _wanted(request)

        async def work(uow: BoundUnitOfWork) -> pb.QuoteSessionResponse:
            price = await quote_session(uow, wanted)
            lines = [price_line(line) for line in price.lines]
            return pb.QuoteSessionResponse(amount=messages.money(price.amount), price_lines=lines)

        return await self._mutations.read(work)


def _wanted(request: pb.QuoteSessionRequest | pb.RequestSessionRequest) -> QuoteSession:
    start = messages.read_moment(request.start_time, "start_time")
    return QuoteSession(request.contract_id, request.skill, start, request.minutes)


def _outcome(request: pb.DeliverSessionRequest) -> Outcome:
    return Outcome(pb.SessionOutcome.Name(request.outcome).removeprefix("SESSION_OUTCOME_"))


def _side(request: pb.CancelSessionRequest) -> Party:
    return Party(pb.ContractSide.Name(request.cancelled_by).removeprefix("CONTRACT_SIDE_"))
