"""ScreeningService: lists, screenings, decisions about hits."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from chassis import ids
from chassis.errors import NotFound
from chassis.rpc import pages
from kamai.onboarding.v1 import screening_pb2 as pb
from kamai.onboarding.v1.screening_pb2_grpc import ScreeningServiceServicer

from onboarding.app.decide_screening_hit import DecideScreeningHit, decide_screening_hit
from onboarding.app.import_watchlist import ImportWatchlist, import_watchlist
from onboarding.app.ports import Checks, ParsedList
from onboarding.domain.hits import Ruling
from onboarding.domain.screening import EntryRef
from onboarding.entrypoints import review_messages
from onboarding.entrypoints.session import Calls, Session
from onboarding.entrypoints.watchlist_upload import Readers, Upload, receive

_TOLD = 100  # refused lines in an answer


class ScreeningServicer(ScreeningServiceServicer):
    """`readers` by WatchlistFormat; `max_bytes` of all files of one import."""

    def __init__(self, calls: Calls, checks: Checks, readers: Readers, max_bytes: int) -> None:
        self._calls, self._checks, self._readers, self._max_bytes = calls, checks, readers, max_bytes

    async def ImportWatchlist(self, request_iterator: Any, context: Any) -> Any:
        stream: AsyncIterator[pb.ImportWatchlistRequest] = request_iterator
        with tempfile.TemporaryDirectory(prefix="watchlist-") as folder:
            upload = await receive(stream, self._readers, Path(folder), self._max_bytes)
            parsed = await asyncio.to_thread(upload.reader.read, upload.files)
        return await self._import(upload, parsed)

    async def _import(self, upload: Upload, parsed: ParsedList) -> bytes:
        header = upload.header
        format_name = pb.WatchlistFormat.Name(header.format).removeprefix("WATCHLIST_FORMAT_")
        command = ImportWatchlist(header.list, format_name, parsed, header.accept_shrinking)

        async def work(uow: Session) -> pb.ImportWatchlistResponse:
            imported = await import_watchlist(uow, command)
            refused = [p for p in parsed.problems if p.rejected][:_TOLD]
            return pb.ImportWatchlistResponse(
                watchlist=review_messages.watchlist(imported),
                rejected=[pb.RejectedLine(file=p.file, line=p.line, message=p.reason) for p in refused],
            )

        # stands for the whole stream where a repeat is compared with the first request
        asked = pb.Watchlist(list=header.list, format=header.format, version=upload.digest, current=header.accept_shrinking)
        return await self._calls.run(asked, work, request_id=header.request_id)

    async def ListWatchlists(self, request: pb.ListWatchlistsRequest, context: Any) -> Any:
        page = pages.of(request)

        async def work(uow: Session) -> pb.ListWatchlistsResponse:
            found = await uow.watchlists.page(page.after, page.fetch)
            given, token = pages.cut(page, found, lambda version: ids.raw(version.id))
            return pb.ListWatchlistsResponse(
                watchlists=[review_messages.watchlist(version) for version in given], next_page_token=token
            )

        return await self._calls.read(work)

    async def GetScreening(self, request: pb.GetScreeningRequest, context: Any) -> Any:
        async def work(uow: Session) -> pb.GetScreeningResponse:
            await uow.contractors.get(request.contractor_id)
            case = (await uow.screenings.find([request.contractor_id])).get(request.contractor_id)
            if case is None:
                raise NotFound("screening", request.contractor_id)
            return pb.GetScreeningResponse(screening=review_messages.screening(case))

        return await self._calls.read(work)

    async def DecideScreeningHit(self, request: pb.DecideScreeningHitRequest, context: Any) -> Any:
        entry, verdict = EntryRef(request.list, request.entry_id), review_messages.VERDICTS[request.decision]
        ruling = Ruling(entry, request.candidate_etag, verdict, request.reason)
        command = DecideScreeningHit(request.contractor_id, ruling)

        async def work(uow: Session) -> pb.DecideScreeningHitResponse:
            case = await decide_screening_hit(uow, self._checks, command)
            return pb.DecideScreeningHitResponse(screening=review_messages.screening(case))

        return await self._calls.run(request, work)
