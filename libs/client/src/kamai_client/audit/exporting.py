"""Writing an export; audit/export.py reads it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from errno import EEXIST
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryFile
from typing import IO, Any

from kamai.ops.v1 import audit_pb2 as pb

from kamai_client.audit import roots
from kamai_client.audit.export import entry_as_json


class Writer:
    """Takes service after service: its roots, then its entries."""

    def __init__(self, body: IO[str], organisation_id: str) -> None:
        self._body, self._organisation_id = body, organisation_id
        self._taken_at = datetime.now(UTC)
        self._services: list[dict[str, Any]] = []
        self._chains: dict[str, dict[str, Any]] = {}
        self.count = 0

    def begin(self, service: str, known: Sequence[pb.AuditRoot]) -> None:
        """The part of a service, with its roots."""
        self._chains = {}
        for root in sorted(known, key=lambda each: each.number):
            self._chain(root.organisation_id).update(root=root.number, sequence=root.sequence)
        held = {"service": service, "unchained": 0, "chains": self._chains}
        self._services.append(held)
        self._line({"type": "service", "service": service})
        for root in known:
            self._line({"type": "root"} | roots.as_json(root))

    def _chain(self, organisation_id: str) -> dict[str, Any]:
        empty = {"organisation_id": organisation_id, "entries": 0, "root": 0, "sequence": 0}
        return self._chains.setdefault(organisation_id, empty)

    def add(self, batch: pb.StreamAuditEntriesResponse) -> None:
        """The next entries of the service."""
        self._body.writelines(
            json.dumps({
                "type": "entry", "chain": batch.organisation_id, "sequence": chained.sequence, "hash": chained.hash.hex(),
                "id": chained.id, "entry": entry_as_json(chained.entry) if chained.HasField("entry") else None,
            }, ensure_ascii=False) + "\n"
            for chained in batch.entries
        )  # fmt: skip
        count = len(batch.entries)
        self.count += count
        if count and batch.entries[0].sequence:
            self._chain(batch.organisation_id)["entries"] += count
        else:
            self._services[-1]["unchained"] += count

    def _line(self, value: object) -> None:
        self._body.write(json.dumps(value, ensure_ascii=False) + "\n")

    def head(self) -> str:
        """What is in the export; its first line."""
        services = [held | {"chains": list(held["chains"].values())} for held in self._services]
        found = {"type": "export", "taken_at": self._taken_at.isoformat(), "organisation_id": self._organisation_id}
        return json.dumps(found | {"services": services}, ensure_ascii=False) + "\n"


@contextmanager
def writing(path: Path, organisation_id: str) -> Iterator[Writer]:
    """The file is there, for its owner alone, once all of it is written; nothing stays of one that was not finished.

    Raises:
        OSError: it exists already, or cannot be written.
    """
    if path.exists():
        raise FileExistsError(EEXIST, os.strerror(EEXIST))
    with TemporaryFile("w+", dir=path.parent, encoding="utf-8") as body:
        writer = Writer(body, organisation_id)
        yield writer
        body.seek(0)
        with NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}.", encoding="utf-8", delete=False) as whole:
            try:
                whole.write(writer.head())
                shutil.copyfileobj(body, whole)
                whole.flush()
                os.fsync(whole.fileno())
                os.rename(whole.name, path)
            except BaseException:
                os.unlink(whole.name)
                raise
