"""Roots: signed heads of the chains, so that a chain that was written anew shows. They leave the database at once, by Kafka and
to a file: whoever may change the one place must not be able to change the others."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from kamai.ops.v1 import audit_pb2 as pb

from chassis import ids
from chassis.audit import canonical, roots_file, topic
from chassis.audit.canonical import Root
from chassis.audit.keys import SigningKey
from chassis.clock import Clock
from chassis.db.database import PLATFORM, Database
from chassis.db.pool import Connection
from chassis.db.statements import Statements
from chassis.events import outbox
from chassis.events.sending import Failpoint

sql = Statements("chassis.audit")
EVERY, EVERY_ENTRIES, _AT_ONCE = timedelta(seconds=60), 1_000, 500
Signed = tuple[Root, bytes]


async def no_failpoint(_step: str) -> None:
    return


class Roots:
    """Signs a root of each chain that has something new every 60 s, and every 1,000 entries. `file` None keeps no file."""

    def __init__(
        self, database: Database, service: str, clock: Clock, key: SigningKey, file: Path | None, *,
        failpoint: Failpoint = no_failpoint,
    ) -> None:  # fmt: skip
        self._database, self._service, self._clock, self._key, self._file = database, service, clock, key, file
        self._failpoint = failpoint

    async def sign(self) -> bool:
        """Signs what is due and brings the file up to date; whether there may be more at once.

        Raises:
            OSError: the key, the key set or the file cannot be used.
            NotASigningKey: the key's file holds another kind of key, or others may touch it.
        """
        key_id, key = await asyncio.to_thread(self._key.current)
        now = self._clock.now()
        count = 0
        if await self._database.run(lambda connection: self._due(connection, now), tenant=PLATFORM, read_only=True):
            count = await self._database.run(lambda connection: self._sign(connection, now, key_id, key), tenant=PLATFORM)
            await self._failpoint("rooted")
        written = await self._write_file() if self._file else 0
        return _AT_ONCE in (count, written)

    async def _due(self, connection: Connection, now: datetime) -> Sequence[Any]:
        rows: Sequence[Any] = await connection.fetch(sql.roots_due, now - EVERY, EVERY_ENTRIES, _AT_ONCE)
        return rows

    async def _sign(self, connection: Connection, now: datetime, key_id: str, key: Ed25519PrivateKey) -> int:
        await connection.fetchrow(sql.lock_cursor)
        due = await self._due(connection, now)
        if not due:  # another sealer was faster
            return 0
        signed: list[Signed] = []
        last: dict[UUID, tuple[int, bytes]] = {}  # each tenant's number and digest so far
        for row in due:
            tenant = row["organisation_id"]
            number, previous = last.get(tenant, (row["root_number"], row["root_digest"]))
            root = Root(self._service, tenant, number + 1, row["sequence"], row["hash"], previous, now, key_id)
            signed.append((root, key.sign(root.content())))
            last[tenant] = (root.number, root.digest())
        await self._failpoint("signed")
        await _insert(connection, signed)
        await self._failpoint("kept")
        await outbox.append(connection, [self._event(root, signature) for root, signature in signed])
        await self._failpoint("published")
        return len(due)

    def _event(self, root: Root, signature: bytes) -> outbox.OutboxEvent:
        tenant = canonical.tenant(root.organisation_id) or ids.encode("platform", canonical.PLATFORM)
        payload = message(root, signature).SerializeToString(deterministic=True)
        return outbox.OutboxEvent(topic.name(self._service), pb.AuditRoot.DESCRIPTOR.full_name, tenant, root.number, payload)

    async def _write_file(self) -> int:
        """Appends what the file lacks. After a crash that is what was signed last."""
        assert self._file is not None
        place = await asyncio.to_thread(roots_file.last_place, self._file)
        rows = await self._database.run(
            lambda connection: connection.fetch(sql.roots_behind, place, _AT_ONCE), tenant=PLATFORM, read_only=True
        )
        if rows:
            lines = [roots_file.line(row["place"], root_of(self._service, row), row["signature"]) for row in rows]
            await asyncio.to_thread(roots_file.append, self._file, place, lines)
            await self._failpoint("filed")
        return len(rows)


async def _insert(connection: Connection, signed: Sequence[Signed]) -> None:
    roots = [root for root, _ in signed]
    tenants, numbers = [root.organisation_id for root in roots], [root.number for root in roots]
    sequences, hashes = [root.sequence for root in roots], [root.hash for root in roots]
    previous, signatures = [root.previous for root in roots], [signature for _, signature in signed]
    at, key_id = roots[0].signed_at, roots[0].key_id
    await connection.execute(sql.insert_roots, tenants, numbers, sequences, hashes, previous, at, key_id, signatures)
    newest = list({root.organisation_id: root for root in roots}.values())
    await connection.execute(
        sql.note_roots, [root.organisation_id for root in newest], [root.number for root in newest],
        [root.sequence for root in newest], [root.digest() for root in newest], at,
    )  # fmt: skip


def root_of(service: str, row: Any) -> Root:
    """From a row of audit_root."""
    return Root(
        service, row["organisation_id"], row["number"], row["sequence"], row["hash"], row["previous"], row["signed_at"],
        row["key_id"],
    )  # fmt: skip


def message(root: Root, signature: bytes) -> pb.AuditRoot:
    signed_at: Any = root.signed_at
    return pb.AuditRoot(
        service=root.service, organisation_id=canonical.tenant(root.organisation_id), number=root.number, sequence=root.sequence,
        hash=root.hash, previous=root.previous, signed_at=signed_at, key_id=root.key_id, signature=signature,
    )  # fmt: skip
