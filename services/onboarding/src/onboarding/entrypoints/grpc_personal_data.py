"""PersonalDataService: finding, giving out and erasing what is held about a person."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from chassis.ids import raw
from chassis.rpc import pages
from chassis.vault import Subject
from kamai.onboarding.v1 import personal_data_service_pb2 as pb
from kamai.onboarding.v1.personal_data_service_pb2_grpc import PersonalDataServiceServicer

from onboarding.app.erase_contractor import EraseContractor, erase_contractor
from onboarding.app.export_contractor import export_contractor
from onboarding.app.find_contractors import find_contractors
from onboarding.app.marks import mark_of_number
from onboarding.app.personal_ports import Export
from onboarding.app.place_legal_hold import PlaceLegalHold, place_legal_hold
from onboarding.app.ports import Checks
from onboarding.app.release_legal_hold import ReleaseLegalHold, release_legal_hold
from onboarding.domain.erasure import ErasureProof, LegalHold
from onboarding.domain.marks import Mark, MarkKind, marks_of_account_text
from onboarding.domain.profile import IdentityNumber
from onboarding.entrypoints import messages
from onboarding.entrypoints.session import Calls, Session

_CHUNK = 256 * 1024
Archive = Callable[[str, datetime, Export], bytes]


class PersonalDataServicer(PersonalDataServiceServicer):
    """`forget` drops the keys of a subject from this process' memory; `retention` counts from the end of a case."""

    def __init__(
        self, calls: Calls, checks: Checks, retention: timedelta, archive: Archive, forget: Callable[[Subject], None]
    ) -> None:
        self._calls, self._checks, self._retention = calls, checks, retention
        self._archive, self._forget = archive, forget

    async def FindContractors(self, request: pb.FindContractorsRequest, context: Any) -> Any:
        marks = self._marks(request)

        async def work(uow: Session) -> pb.FindContractorsResponse:
            found = await find_contractors(uow, marks)
            return pb.FindContractorsResponse(contractors=[messages.contractor(c, uow) for c in found])

        return await self._calls.read(work)

    def _marks(self, request: pb.FindContractorsRequest) -> list[Mark]:
        if request.HasField("identity_number"):
            given = request.identity_number
            return [mark_of_number(self._checks, IdentityNumber(given.kind, given.country, given.value))]
        if request.HasField("account_number"):
            return marks_of_account_text(request.account_number)
        return [Mark(MarkKind.EMAIL, (request.email,))]

    async def ExportContractor(self, request: pb.ExportContractorRequest, context: Any) -> AsyncIterator[Any]:
        found: list[tuple[datetime, Export]] = []

        async def work(uow: Session) -> pb.ExportContractorResponse:
            found[:] = [(uow.now, await export_contractor(uow, request.id))]
            return pb.ExportContractorResponse(header=pb.ExportHeader(contractor_id=request.id))

        reply: Any = await self._calls.read(work)
        content = await asyncio.to_thread(self._archive, request.id, *found[0])  # without a connection, and beside other calls
        reply.header.MergeFrom(pb.ExportHeader(size=len(content), sha256=hashlib.sha256(content).digest()))
        yield pb.ExportContractorResponse(header=reply.header, data=content[:_CHUNK])
        for start in range(_CHUNK, len(content), _CHUNK):
            yield pb.ExportContractorResponse(data=content[start : start + _CHUNK])

    async def EraseContractor(self, request: pb.EraseContractorRequest, context: Any) -> Any:
        command = EraseContractor(request.id, request.reason)

        async def work(uow: Session) -> pb.EraseContractorResponse:
            erased = await erase_contractor(uow, self._retention, command)
            return pb.EraseContractorResponse(contractor=messages.contractor(erased, uow))

        reply = await self._calls.run(request, work)
        self._forget(Subject("CONTRACTOR", raw(request.id)))
        return reply

    async def GetErasureProof(self, request: pb.GetErasureProofRequest, context: Any) -> Any:
        async def work(uow: Session) -> pb.GetErasureProofResponse:
            return pb.GetErasureProofResponse(proof=_proof(await uow.erasures.proof(request.contractor_id)))

        return await self._calls.read(work)

    async def PlaceLegalHold(self, request: pb.PlaceLegalHoldRequest, context: Any) -> Any:
        until = request.until.ToDatetime(tzinfo=UTC) if request.HasField("until") else None
        command = PlaceLegalHold(request.contractor_id, request.reason, until)

        async def work(uow: Session) -> pb.PlaceLegalHoldResponse:
            return pb.PlaceLegalHoldResponse(legal_hold=_hold(await place_legal_hold(uow, command)))

        return await self._calls.run(request, work)

    async def ListLegalHolds(self, request: pb.ListLegalHoldsRequest, context: Any) -> Any:
        page = pages.of(request)

        async def work(uow: Session) -> pb.ListLegalHoldsResponse:
            holding_at = None if request.include_ended else uow.now
            found = await uow.legal_holds.page(request.contractor_id or None, holding_at, page.after, page.fetch)
            given, token = pages.cut(page, found, lambda hold: raw(hold.id))
            return pb.ListLegalHoldsResponse(legal_holds=map(_hold, given), next_page_token=token)

        return await self._calls.read(work)

    async def ReleaseLegalHold(self, request: pb.ReleaseLegalHoldRequest, context: Any) -> Any:
        async def work(uow: Session) -> pb.ReleaseLegalHoldResponse:
            return pb.ReleaseLegalHoldResponse(legal_hold=_hold(await release_legal_hold(uow, ReleaseLegalHold(request.id))))

        return await self._calls.run(request, work)


def _proof(given: ErasureProof) -> pb.ErasureProof:
    return pb.ErasureProof(
        contractor_id=given.contractor_id, erase_time=messages.timestamp(given.erased_at), actor=given.actor, reason=given.reason,
        removed=given.removed.rows, digest=given.removed.digest, jws=given.jws,
    )  # fmt: skip


def _hold(given: LegalHold) -> pb.LegalHold:
    return pb.LegalHold(
        id=given.id, contractor_id=given.contractor_id, reason=given.reason, placed_by=given.placed_by,
        place_time=messages.timestamp(given.placed_at), until=messages.timestamp(given.until), released_by=given.released_by,
        release_time=messages.timestamp(given.released_at),
    )  # fmt: skip
