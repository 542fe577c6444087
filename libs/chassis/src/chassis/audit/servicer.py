"""kamai.ops.v1.AuditService: entries, chains and roots of the service it is part of."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import UTC
from typing import Any
from uuid import UUID

from kamai.ops.v1 import audit_pb2 as pb
from kamai.ops.v1 import audit_pb2_grpc

from chassis import ids
from chassis.audit import canonical
from chassis.audit.canonical import root_of
from chassis.audit.roots import message
from chassis.db.database import Database
from chassis.db.pool import Connection
from chassis.db.statements import Statements
from chassis.rpc import call as calls
from chassis.rpc import pages
from chassis.rpc.server import Servicer

sql = Statements("chassis.audit")
_KINDS: dict[str, Any] = {name.removeprefix("AUDIT_KIND_"): number for name, number in pb.AuditKind.items()}
_BATCH, _LARGEST = 2_000, 2 * 1024 * 1024  # entries of a stream's message, and its bytes: gRPC's clients take 4 MiB


def servicer(database: Database, service: str) -> Servicer:
    """Ready to be served by the service of that name."""
    return Servicer(
        audit_pb2_grpc.add_AuditServiceServicer_to_server,
        Audit(database, service),
        pb.DESCRIPTOR.services_by_name["AuditService"].full_name,
    )


def _organisation(text: str) -> UUID | None:
    return ids.decode(text, "org", "organisation_id") if text else None


def _moment(request: Any, field: str) -> Any:
    return getattr(request, field).ToDatetime(tzinfo=UTC) if request.HasField(field) else None


class Audit(audit_pb2_grpc.AuditServiceServicer):
    """Row-level security decides what a caller sees."""

    def __init__(self, database: Database, service: str) -> None:
        self._database, self._service = database, service

    async def _fetch(self, statement: str, *arguments: Any) -> Sequence[Any]:
        """In a short transaction of its own: a long one would keep the database from cleaning up."""
        call = calls.current()

        async def work(connection: Connection) -> Sequence[Any]:
            rows: Sequence[Any] = await connection.fetch(statement, *arguments)
            return rows

        return await self._database.run(work, tenant=call.caller.tenant, timeout_s=call.remaining_s, read_only=True)

    async def ListAuditEntries(self, request: pb.ListAuditEntriesRequest, context: Any) -> Any:
        page = pages.of(request)
        before = page.after.int if page.after else 2**63 - 1
        rows = await self._fetch(
            sql.list_entries, before, _organisation(request.organisation_id), request.actor, request.method, request.subject_id,
            _moment(request, "occurred_from"), _moment(request, "occurred_until"), page.fetch,
        )  # fmt: skip
        given, token = pages.cut(page, rows, lambda row: UUID(int=row["id"]))
        return pb.ListAuditEntriesResponse(entries=[_entry(row, _Names()) for row in given], next_page_token=token)

    async def StreamAuditEntries(
        self, request: pb.StreamAuditEntriesRequest, context: Any
    ) -> AsyncIterator[pb.StreamAuditEntriesResponse]:
        organisation, names = _organisation(request.organisation_id), _Names()
        total = (await self._fetch(sql.count_entries, organisation))[0][0]
        chains = [organisation] if organisation else [row[0] for row in await self._fetch(sql.list_chains)]

        def pieces(tenant: str, rows: Sequence[Any]) -> Iterator[pb.StreamAuditEntriesResponse]:
            reply = pb.StreamAuditEntriesResponse(
                service=self._service, organisation_id=tenant, entries=[_chained(row, names) for row in rows],
                estimated_total=total,
            )  # fmt: skip
            if len(rows) > 1 and reply.ByteSize() > _LARGEST:
                yield from pieces(tenant, rows[: len(rows) // 2])
                yield from pieces(tenant, rows[len(rows) // 2 :])
            else:
                yield reply

        for chain in chains:
            async for rows in self._behind(sql.read_chain, chain, "sequence"):
                for reply in pieces(canonical.tenant(chain), rows):
                    yield reply
        async for rows in self._behind(sql.read_unchained, organisation, "id"):
            for reply in pieces("", rows):
                yield reply

    async def _behind(self, statement: str, tenant: UUID | None, key: str) -> AsyncIterator[Sequence[Any]]:
        """Batch after batch behind the last one's end."""
        after = 0
        while rows := await self._fetch(statement, tenant, after, _BATCH):
            yield rows
            after = rows[-1][key]
            if len(rows) < _BATCH:
                return

    async def ListAuditRoots(self, request: pb.ListAuditRootsRequest, context: Any) -> Any:
        page = pages.of(request)
        after = page.after.int if page.after else 0
        rows = await self._fetch(sql.list_roots, after, _organisation(request.organisation_id), page.fetch)
        given, token = pages.cut(page, rows, lambda row: UUID(int=row["place"]))
        roots = [message(root_of(self._service, row), row["signature"]) for row in given]
        return pb.ListAuditRootsResponse(roots=roots, next_page_token=token)


class _Names(dict[UUID | None, str]):
    """Tenants by their ids, each made once."""

    def __missing__(self, organisation: UUID | None) -> str:
        found = self[organisation] = ids.encode("org", organisation) if organisation else ""
        return found


def _entry(row: Mapping[str, Any], names: _Names) -> pb.AuditEntry:
    return pb.AuditEntry(
        id=row["id"], entry_id=str(row["entry_id"]), organisation_id=names[row["organisation_id"]],
        occurred_at=row["occurred_at"], actor=row["actor"], roles=row["roles"], method=row["method"], peer=row["peer"],
        request_id=str(row["request_id"] or ""), kind=_KINDS.get(row["kind"], 0), subjects=row["subjects"],
        request_digest=row["request_digest"], before_digest=row["before_digest"], after_digest=row["after_digest"],
        transaction=row["xid"],
    )  # fmt: skip


def _chained(row: Mapping[str, Any], names: _Names) -> pb.ChainedAuditEntry:
    entry = _entry(row, names) if row["id"] is not None else None
    return pb.ChainedAuditEntry(entry=entry, sequence=row["sequence"], hash=row["hash"], id=row["place_id"])
