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
from chassis.audit import canonical, topic
from chassis.audit.canonical import Root
from chassis.audit.filing import Filing
from chassis.audit.keys import SigningKey
from chassis.audit.roots_file import Newest, Signed
from chassis.clock import Clock
from chassis.db.database import PLATFORM, Database
from chassis.db.pool import Connection
from chassis.db.statements import Statements
from chassis.events import outbox
from chassis.events.sending import Failpoint

sql = Statements("chassis.audit")
EVERY, EVERY_ENTRIES, _AT_ONCE = timedelta(seconds=60), 1_000, 500


async def no_failpoint(_step: str) -> None:
    return


class Roots:
    """Signs a root of each chain that has something new every 60 s, and every 1,000 entries. `file` None keeps no file."""

    def __init__(
        self, database: Database, service: str, clock: Clock, key: SigningKey, file: Path | None, *,
        failpoint: Failpoint = no_failpoint,
    ) -> None:  # fmt: skip
        self._database, self._service, self._clock, self._key, self._failpoint = database, service, clock, key, failpoint
        self._filing = Filing(database, service, clock, file) if file else None

    async def sign(self) -> bool:
        """Signs what is due and brings the file up to date; whether there may be more at once.

        Raises:
            OSError: the key, the key set or the file cannot be used.
            NotASigningKey: the key's file holds another kind of key, or others may touch it.
            RootsFileUnusable: what is in the file is no root. Nothing is signed then: a number might be signed twice.
        """
        key_id, key = await asyncio.to_thread(self._key.current)
        now = self._clock.now()
        if self._filing:
            await self._filing.read()
        signed: list[UUID] = []
        if await self._database.run(lambda connection: self._due(connection, now), tenant=PLATFORM, read_only=True):
            signed = await self._database.run(lambda connection: self._sign(connection, now, key_id, key), tenant=PLATFORM)
            await self._failpoint("rooted")
        more = len(signed) == _AT_ONCE
        if self._filing:
            more = await self._filing.write(signed) or more
            await self._failpoint("filed")
        return more

    async def _due(self, connection: Connection, now: datetime) -> Sequence[Any]:
        rows: Sequence[Any] = await connection.fetch(sql.roots_due, now - EVERY, EVERY_ENTRIES, _AT_ONCE)
        return rows

    async def _sign(self, connection: Connection, now: datetime, key_id: str, key: Ed25519PrivateKey) -> list[UUID]:
        """Tenants of the roots that were signed, in the order of those."""
        await connection.fetchrow(sql.lock_cursor)
        due = await self._due(connection, now)
        if not due:  # another sealer was faster
            return []
        signed: list[Signed] = []
        last: dict[UUID, Newest] = {}
        for row in due:
            tenant = row["organisation_id"]
            number, previous = last.get(tenant) or self._newest(tenant, Newest(row["root_number"], row["root_digest"]))
            root = Root(self._service, tenant, number + 1, row["sequence"], row["hash"], previous, now, key_id)
            signed.append((root, key.sign(root.content())))
            last[tenant] = Newest(root.number, root.digest())
        await self._failpoint("signed")
        await _insert(connection, signed)
        await self._failpoint("kept")
        await outbox.append(connection, [self._event(root, signature) for root, signature in signed])
        await self._failpoint("published")
        return [root.organisation_id for root, _ in signed]

    def _newest(self, tenant: UUID, kept: Newest) -> Newest:
        """What the tenant's next root follows; `kept` is the database's word."""
        return self._filing.newest(tenant, kept) if self._filing else kept

    def _event(self, root: Root, signature: bytes) -> outbox.OutboxEvent:
        tenant = canonical.tenant(root.organisation_id) or ids.encode("platform", canonical.PLATFORM)
        payload = message(root, signature).SerializeToString(deterministic=True)
        return outbox.OutboxEvent(topic.name(self._service), pb.AuditRoot.DESCRIPTOR.full_name, tenant, root.number, payload)


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


def message(root: Root, signature: bytes) -> pb.AuditRoot:
    signed_at: Any = root.signed_at
    return pb.AuditRoot(
        service=root.service, organisation_id=canonical.tenant(root.organisation_id), number=root.number, sequence=root.sequence,
        hash=root.hash, previous=root.previous, signed_at=signed_at, key_id=root.key_id, signature=signature,
    )  # fmt: skip
