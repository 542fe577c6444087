"""The stream of an import, written to files as it comes: memory stays at one chunk, whatever the size of a list."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeAlias

from chassis.errors import InvalidFields, MessageTooLarge, Unsupported, Violation
from kamai.onboarding.v1 import screening_pb2 as pb

from onboarding.app.ports import ParsedList


@dataclass(frozen=True, slots=True)
class ListReader:
    """Reads the files of one format. `read` blocks; it gets {file name: path}."""

    required: frozenset[str]
    optional: frozenset[str]
    read: Callable[[Mapping[str, Path]], ParsedList]


Readers: TypeAlias = Mapping[pb.WatchlistFormat.ValueType, ListReader]


@dataclass(frozen=True, slots=True)
class Upload:
    """digest: SHA-256 over names and bytes, in the order of the names: what a repeat of the request is compared by."""

    header: pb.WatchlistHeader
    reader: ListReader
    files: Mapping[str, Path]
    digest: str


async def receive(stream: AsyncIterator[pb.ImportWatchlistRequest], readers: Readers, folder: Path, max_bytes: int) -> Upload:
    """Takes the whole stream. Raises InvalidFields, Unsupported, MessageTooLarge."""
    first = await anext(stream, None)
    if first is None or first.WhichOneof("part") != "header":
        raise InvalidFields.one("header", "the first message of an import is its header", "REQUIRED")
    reader = readers.get(first.header.format)
    if reader is None:
        name = pb.WatchlistFormat.Name(first.header.format)
        raise Unsupported(
            f"{name} cannot be read by this version; {', '.join(pb.WatchlistFormat.Name(known) for known in readers)} can"
        )
    files = _Files(folder, reader.required | reader.optional, max_bytes)
    try:
        async for message in stream:
            if message.WhichOneof("part") != "chunk":
                raise InvalidFields.one("header", "only the first message is a header", "UNEXPECTED")
            await asyncio.to_thread(files.write, message.chunk.file, message.chunk.data)
    finally:
        files.close()
    missing = sorted(reader.required - set(files.paths))
    if missing:
        raise InvalidFields([Violation("chunk.file", f"{name} is missing", "REQUIRED") for name in missing])
    return Upload(first.header, reader, files.paths, files.digest())


class _Files:
    """Open files of one import; the names are those of the format, so that none leads out of the folder."""

    def __init__(self, folder: Path, allowed: frozenset[str], max_bytes: int) -> None:
        self._folder, self._allowed, self._max_bytes = folder, allowed, max_bytes
        self._open: dict[str, BinaryIO] = {}
        self._hashes: dict[str, hashlib._Hash] = {}
        self._bytes = 0
        self.paths: dict[str, Path] = {}

    def write(self, name: str, data: bytes) -> None:
        if name not in self._allowed:
            raise InvalidFields.one("chunk.file", f"files of this format are {', '.join(sorted(self._allowed))}", "UNKNOWN_FILE")
        self._bytes += len(data)
        if self._bytes > self._max_bytes:
            raise MessageTooLarge(f"the files of a list may have {self._max_bytes} bytes together")
        if name not in self._open:
            self.paths[name] = self._folder / name
            self._open[name] = self.paths[name].open("wb")
            self._hashes[name] = hashlib.sha256()
        self._open[name].write(data)
        self._hashes[name].update(data)

    def digest(self) -> str:
        whole = hashlib.sha256()
        for name in sorted(self._hashes):
            whole.update(name.encode() + b"\0" + self._hashes[name].digest())
        return whole.hexdigest()

    def close(self) -> None:
        for file in self._open.values():
            file.close()
