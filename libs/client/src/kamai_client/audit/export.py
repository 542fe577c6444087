"""Exports: JSON, one object a line, whole enough to be verified without any service. docs/audit.md describes the lines."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from google.protobuf.timestamp_pb2 import Timestamp
from kamai.ops.v1 import audit_pb2 as pb

from kamai_client.audit import roots
from kamai_client.audit.roots import Source, UnusableFile

_BATCH = 2_000
_TEXTS = ("entry_id", "organisation_id", "actor", "method", "peer", "request_id")
_LISTS, _DIGESTS = ("roles", "subjects"), ("request_digest", "before_digest", "after_digest")


def write_service(file: TextIO, service: str, known: Iterable[pb.AuditRoot]) -> None:
    """The head of a service's part, with its roots."""
    _line(file, {"type": "service", "service": service})
    for root in known:
        _line(file, {"type": "root"} | roots.as_json(root))


def write_batch(file: TextIO, batch: pb.StreamAuditEntriesResponse) -> None:
    lines = [
        json.dumps({
            "type": "entry", "chain": batch.organisation_id, "sequence": chained.sequence, "hash": chained.hash.hex(),
            "id": chained.id, "entry": _as_json(chained.entry) if chained.HasField("entry") else None,
        }, ensure_ascii=False)
        for chained in batch.entries
    ]  # fmt: skip
    file.writelines(f"{line}\n" for line in lines)


def _line(file: TextIO, value: object) -> None:
    file.write(json.dumps(value, ensure_ascii=False) + "\n")


def _as_json(entry: pb.AuditEntry) -> dict[str, Any]:
    found: dict[str, Any] = {"id": entry.id, "transaction": entry.transaction, "occurred_at": entry.occurred_at.ToJsonString()}
    found |= {name: getattr(entry, name) for name in _TEXTS} | {name: list(getattr(entry, name)) for name in _LISTS}
    found["kind"] = pb.AuditKind.Name(entry.kind).removeprefix("AUDIT_KIND_")
    return found | {name: getattr(entry, name).hex() for name in _DIGESTS}


def _from_json(value: dict[str, Any]) -> pb.AuditEntry:
    at = Timestamp()
    at.FromDatetime(datetime.fromisoformat(value["occurred_at"]))
    texts: dict[str, Any] = {name: value[name] for name in (*_TEXTS, *_LISTS)}
    digests: dict[str, Any] = {name: bytes.fromhex(value[name]) for name in _DIGESTS}
    return pb.AuditEntry(
        id=value["id"], transaction=value["transaction"], occurred_at=at, kind=pb.AuditKind.Value(f"AUDIT_KIND_{value['kind']}"),
        **texts, **digests,
    )  # fmt: skip


class Export:
    """A file to verify; raises UnusableFile where it is none."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def _lines(self) -> Iterator[dict[str, Any]]:
        try:
            with self._path.open() as file:
                for number, line in enumerate(file, start=1):
                    try:
                        value = json.loads(line)
                        if not isinstance(value, dict) or "type" not in value:
                            raise ValueError
                    except ValueError:
                        raise UnusableFile(f"{self._path}, line {number}: not a line of an export") from None
                    yield value
        except (OSError, UnicodeDecodeError) as error:
            raise UnusableFile(f"{self._path} cannot be read: {error}") from None

    def services(self) -> list[str]:
        return [value["service"] for value in self._lines() if value["type"] == "service"]

    def source(self) -> Source:
        """The roots in the file: the service's own word at the time of the export."""
        try:
            found = [roots.from_json(value) for value in self._lines() if value["type"] == "root"]
        except (ValueError, KeyError, TypeError):
            raise UnusableFile(f"{self._path} has a root that is none") from None
        return Source(self._path.name, found, outside=False)

    async def batches(self, service: str, organisation_id: str = "") -> AsyncIterator[pb.StreamAuditEntriesResponse]:
        """What the service streamed, or one organisation's chain of it."""
        batch, current = pb.StreamAuditEntriesResponse(service=service), ""
        for value in self._lines():
            if value["type"] == "service":
                current = value["service"]
            other = organisation_id and value.get("chain", "") != organisation_id
            if value["type"] != "entry" or current != service or other:
                continue
            chained = self._chained(value)
            unlike = batch.entries and bool(batch.entries[0].sequence) != bool(chained.sequence)
            if unlike or value["chain"] != batch.organisation_id or len(batch.entries) >= _BATCH:
                yield batch
                batch = pb.StreamAuditEntriesResponse(service=service, organisation_id=value["chain"])
            batch.entries.append(chained)
        yield batch

    def _chained(self, value: dict[str, Any]) -> pb.ChainedAuditEntry:
        try:
            entry = _from_json(value["entry"]) if value["entry"] else None
            hashed = bytes.fromhex(value["hash"])
            return pb.ChainedAuditEntry(entry=entry, sequence=value["sequence"], hash=hashed, id=value["id"])
        except (ValueError, KeyError, TypeError):
            raise UnusableFile(f"{self._path} has an entry that is none") from None
