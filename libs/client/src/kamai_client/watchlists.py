"""Sends a watchlist's files as the client stream that ImportWatchlist takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from kamai.onboarding.v1 import screening_pb2 as pb

from kamai_client.client import Kamai

_CHUNK = 512 * 1024


async def import_watchlist(
    kamai: Kamai, name: str, files: Sequence[Path], kind: int = pb.WATCHLIST_FORMAT_OFAC_CSV, accept_shrinking: bool = False
) -> pb.ImportWatchlistResponse:
    """Imports `files` as the new version of list `name`. accept_shrinking: also with over a tenth fewer entries than before.

    Raises:
        KamaiClientError: it was refused.
        OSError: a file cannot be read.
    """
    header = pb.WatchlistHeader(list=name, format=kind, accept_shrinking=accept_shrinking)  # type: ignore[arg-type]
    reply: pb.ImportWatchlistResponse = await kamai.screenings.ImportWatchlist(_parts(header, files))
    return reply


def _parts(header: pb.WatchlistHeader, files: Sequence[Path]) -> Iterator[pb.ImportWatchlistRequest]:
    yield pb.ImportWatchlistRequest(header=header)
    for file in files:
        with file.open("rb") as source:
            data = source.read(_CHUNK)
            yield pb.ImportWatchlistRequest(chunk=pb.WatchlistChunk(file=file.name, data=data))  # also of an empty file
            while data := source.read(_CHUNK):
                yield pb.ImportWatchlistRequest(chunk=pb.WatchlistChunk(file=file.name, data=data))
