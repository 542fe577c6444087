"""Exports: JSON, one object a line, whole enough to be verified without any service. docs/audit.md describes the lines."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from kamai.ops.v1 import audit_pb2 as pb

from kamai_client.audit import roots
from kamai_client.audit.findings import Finding, Kind, Report
from kamai_client.audit.roots import Source, UnusableFile

_BATCH = 2_000
_TEXTS = ("entry_id", "organisation_id", "actor", "method", "peer", "request_id")
_LISTS, _DIGESTS = ("roles", "subjects"), ("request_digest", "before_digest", "after_digest")


def entry_as_json(entry: pb.AuditEntry) -> dict[str, Any]:
    """As a line of an export has it."""
    found: dict[str, Any] = {"id": entry.id, "transaction": entry.transaction, "occurred_at": entry.occurred_at.ToJsonString()}
    found |= {name: getattr(entry, name) for name in _TEXTS} | {name: list(getattr(entry, name)) for name in _LISTS}
    found["kind"] = pb.AuditKind.Name(entry.kind).removeprefix("AUDIT_KIND_")
    return found | {name: getattr(entry, name).hex() for name in _DIGESTS}


def entry_from_json(value: dict[str, Any]) -> pb.AuditEntry:
    """The other way round; raises ValueError, KeyError or TypeError."""
    at = Timestamp()
    at.FromDatetime(datetime.fromisoformat(value["occurred_at"]))
    texts: dict[str, Any] = {name: value[name] for name in (*_TEXTS, *_LISTS)}
    digests: dict[str, Any] = {name: bytes.fromhex(value[name]) for name in _DIGESTS}
    return pb.AuditEntry(
        id=value["id"], transaction=value["transaction"], occurred_at=at, kind=pb.AuditKind.Value(f"AUDIT_KIND_{value['kind']}"),
        **texts, **digests,
    )  # fmt: skip


@dataclass(frozen=True)
class HeadChain:
    """A chain the export holds; `root` and `sequence` of its newest root, 0 when it has none."""

    organisation_id: str
    entries: int
    root: int
    sequence: int


@dataclass(frozen=True)
class HeadService:
    """A service the export holds."""

    service: str
    unchained: int
    chains: tuple[HeadChain, ...]

    @property
    def entries(self) -> int:
        return self.unchained + sum(chain.entries for chain in self.chains)

    def missing(self, known: Source, report: Report, organisation_id: str) -> list[Finding]:
        """What the head names and the file has not. Nothing signs a head: this tells of accidents, the roots of the rest."""
        newest: dict[str, int] = {}
        for root in known.roots:
            newest[root.organisation_id] = max(root.number, newest.get(root.organisation_id, 0))
        lacking = [each for each in self.chains if organisation_id in ("", each.organisation_id)]
        found = [
            Finding(
                Kind.ROOT_MISSING, self.service, each.organisation_id, each.sequence,
                f"the head of the export names root {each.root} (of entry {each.sequence}), which is not in it",
            )
            for each in lacking if each.root > newest.get(each.organisation_id, 0)
        ]  # fmt: skip
        held = report.entries + report.unchained
        if not organisation_id and not found and not report.findings and held != self.entries:
            sentence = f"the head of the export counts {self.entries} entries, there are {held}"
            found.append(Finding(Kind.MISSING, self.service, None, 0, sentence))
        return found


@dataclass(frozen=True)
class Head:
    """The first line: what is in the export, and when it was made. `organisation_id`: it says that it was made of this
    one alone. Nothing signs a head, so that decides nothing."""

    taken_at: datetime
    organisation_id: str
    services: Mapping[str, HeadService]


def _head(value: Mapping[str, Any]) -> Head:
    services = [
        HeadService(
            str(each["service"]), int(each["unchained"]), tuple(
                HeadChain(str(chain["organisation_id"]), int(chain["entries"]), int(chain["root"]), int(chain["sequence"]))
                for chain in each["chains"]
            ),
        )
        for each in value["services"]
    ]  # fmt: skip
    taken_at = datetime.fromisoformat(value["taken_at"]).astimezone(UTC)
    return Head(taken_at, str(value["organisation_id"]), {each.service: each for each in services})


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                try:
                    value = json.loads(line)
                    if not isinstance(value, dict) or value.get("type") not in ("export", "service", "root", "entry"):
                        raise ValueError
                except ValueError:
                    raise UnusableFile(f"{path}, line {number}: not a line of an export") from None
                yield value
    except OSError as error:
        raise UnusableFile(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UnusableFile(f"{path} is not an export: it is no text") from None


class Export:
    """A file to verify, read once from its beginning to its end; raises UnusableFile where it is none."""

    def __init__(self, path: Path) -> None:
        self._path, self._lines = path, _lines(path)
        self._next = next(self._lines, None)
        if not self._is("export"):
            raise UnusableFile(f"{path} does not begin as an export does")
        try:
            self.head = _head(self._take())
        except (ValueError, KeyError, TypeError):
            raise UnusableFile(f"{path}: the head is none") from None

    def _is(self, kind: str) -> bool:
        return self._next is not None and self._next["type"] == kind

    def _take(self) -> dict[str, Any]:
        assert self._next is not None
        value, self._next = self._next, next(self._lines, None)
        return value

    def parts(self) -> Iterator[Part]:
        """One for each service, in the order of the file. What was not read of one is passed over with the next."""
        seen: set[str] = set()
        while self._next is not None:
            service = str(self._take().get("service")) if self._is("service") else ""
            if service not in self.head.services or service in seen:
                raise UnusableFile(f"{self._path} has a part that its head does not name")
            seen.add(service)
            yield Part(self.head.services[service], self._source(), self)
            while self._is("entry"):
                self._take()

    def _source(self) -> Source:
        """The service's own word at the time of the export."""
        try:
            found = []
            while self._is("root"):
                found.append(roots.from_json(self._take()))
        except (ValueError, KeyError, TypeError):
            raise UnusableFile(f"{self._path} has a root that is none") from None
        return Source(self._path.name, found, outside=False)

    def chained(self) -> Iterator[tuple[str, pb.ChainedAuditEntry]]:
        """The entries of the part, each with its chain."""
        try:
            while self._is("entry"):
                value = self._take()
                entry = entry_from_json(value["entry"]) if value["entry"] else None
                hashed = bytes.fromhex(value["hash"])
                found = pb.ChainedAuditEntry(entry=entry, sequence=value["sequence"], hash=hashed, id=value["id"])
                yield str(value["chain"]), found
        except (ValueError, KeyError, TypeError):
            raise UnusableFile(f"{self._path} has an entry that is none") from None


@dataclass(frozen=True)
class Part:
    """What a service sent: its roots, then its entries."""

    head: HeadService
    source: Source
    _export: Export
    chains: set[str] = field(default_factory=set)
    """Tenants whose entries were met, taken or not."""

    async def batches(self, organisation_id: str = "") -> AsyncIterator[pb.StreamAuditEntriesResponse]:
        """As the service streamed them, or one organisation's of them."""

        def begun(chain: str) -> pb.StreamAuditEntriesResponse:
            total = self.head.entries
            return pb.StreamAuditEntriesResponse(service=self.head.service, organisation_id=chain, estimated_total=total)

        batch = begun("")
        for chain, chained in self._export.chained():
            tenant = chain if chained.sequence else chained.entry.organisation_id
            self.chains.add(tenant)
            if organisation_id not in ("", tenant):
                continue
            unlike = batch.entries and bool(batch.entries[0].sequence) != bool(chained.sequence)
            if unlike or chain != batch.organisation_id or len(batch.entries) >= _BATCH:
                yield batch
                batch = begun(chain)
            batch.entries.append(chained)
        yield batch
