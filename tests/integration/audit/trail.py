"""A service's audit trail in a test's own process: entries written, sealed, signed, read as the service reads them, verified."""

from __future__ import annotations

import hashlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from chassis import ids
from chassis.audit import entries
from chassis.audit.keys import SigningKey
from chassis.audit.roots import Roots
from chassis.audit.sealing import Sealer, no_failpoint
from chassis.audit.servicer import Audit
from chassis.clock import ManualClock
from chassis.db.database import PLATFORM, Database
from chassis.db.pool import Connection
from chassis.rpc import call as calls
from chassis.vault import private_files
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from kamai.ops.v1 import audit_pb2 as pb
from kamai_client.audit import roots as signed
from kamai_client.audit.findings import Report
from kamai_client.audit.verifying import verify
from support.databases import TestDatabase

START = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
ACME, BYTE = (ids.encode("org", UUID(int=number)) for number in (1 << 100, 2 << 100))


def new_key(file: Path) -> None:
    """A signing key (PEM) in `file`."""
    key = Ed25519PrivateKey.generate()
    private_files.write(file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())


def entry(number: int, organisation_id: str = ACME, **more: Any) -> entries.Entry:
    """The entry of a call; the same number gives the same one."""
    digest = hashlib.sha256(str(number).encode()).digest()
    values: dict[str, Any] = {
        "occurred_at": START + timedelta(milliseconds=number), "actor": f"person-{number % 3}", "kind": "CHANGE",
        "method": "/kamai.probe.v1.ProbeService/Step", "request_digest": digest, "subjects": [f"thing_{number}"],
        "organisation_id": organisation_id, "roles": {"operator", "auditor"}, "peer": "ipv4:127.0.0.1:4711",
        "request_id": UUID(int=number), "before_digest": digest, "after_digest": hashlib.sha256(digest).digest(),
    }  # fmt: skip
    return entries.Entry(**(values | more))


async def put(connection: Connection, written: Sequence[entries.Entry]) -> None:
    statement, arguments = entries.insert(written)
    await connection.execute(statement, *arguments)


@dataclass
class Trail:
    """`clock` stands still until a test moves it."""

    where: TestDatabase
    database: Database
    folder: Path
    clock: ManualClock

    @property
    def key_file(self) -> Path:
        return self.folder / "audit.pem"

    @property
    def jwks_file(self) -> Path:
        return self.folder / "audit-jwks.json"

    @property
    def roots_file(self) -> Path:
        return self.folder / "roots.jsonl"

    def sealer(self, *, batch: int = 10_000, failpoint: Callable[[str], Awaitable[None]] = no_failpoint) -> Sealer:
        key = SigningKey(self.key_file, self.jwks_file)
        roots = Roots(self.database, "probe", self.clock, key, self.roots_file, failpoint=failpoint)
        return Sealer(self.database, roots, batch=batch, failpoint=failpoint)

    async def write(self, *written: entries.Entry) -> None:
        """In one transaction."""
        await self.database.run(lambda connection: put(connection, written), tenant=PLATFORM)

    async def seal(self, **more: Any) -> None:
        """All there is, a minute after the last time."""
        self.clock.at += timedelta(minutes=1)
        sealer = self.sealer(**more)
        while await sealer.run():
            pass

    async def written_and_sealed(self, count: int, *, per_root: int = 10) -> None:
        """Entries 1 to `count` of one organisation, with a root after every `per_root` of them."""
        for first in range(1, count + 1, per_root):
            await self.write(*(entry(number) for number in range(first, min(first + per_root, count + 1))))
            await self.seal()

    def audit(self, caller: calls.Caller | None = None) -> Audit:
        """The service's own reading side, called as by `caller`."""
        calls.enter(calls.Call("/kamai.ops.v1.AuditService/Any", caller or calls.Caller("auditor"), time.monotonic() + 60))
        return Audit(self.database, "probe")

    def batches(self, caller: calls.Caller | None = None) -> AsyncIterator[pb.StreamAuditEntriesResponse]:
        return self.audit(caller).StreamAuditEntries(pb.StreamAuditEntriesRequest(), None)

    async def listed(self) -> signed.Source:
        reply = await self.audit().ListAuditRoots(pb.ListAuditRootsRequest(page_size=500), None)
        return signed.Source("the list of probe", list(reply.roots), outside=False)

    async def verified(self) -> Report:
        """By the client, with the file of roots and the service's own list."""
        files = [signed.read_file(self.roots_file)] if self.roots_file.exists() else []
        sources = [*files, await self.listed()]
        return await verify("probe", self.batches(), sources, signed.read_keys([self.jwks_file]), read_at=self.clock.at)

    async def chains(self) -> dict[str, list[tuple[int, int]]]:
        """Each tenant's (sequence, entry) in the order of the sequence."""
        found: dict[str, list[tuple[int, int]]] = {}
        async for batch in self.batches():
            chained = [(each.sequence, each.id) for each in batch.entries if each.sequence]
            found.setdefault(batch.organisation_id, []).extend(chained)
        return {tenant: rows for tenant, rows in found.items() if rows}
