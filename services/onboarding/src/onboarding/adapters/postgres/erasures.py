"""Removing a person's rows with the key that opens them, and the proofs of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis import ids
from chassis.audit import trail
from chassis.db.pool import Connection
from chassis.errors import NotFound
from chassis.events import outbox
from chassis.events.topics import TopicRegistry
from chassis.vault import Vault

from onboarding.adapters.event_codec import erasure_registered
from onboarding.adapters.postgres.personal import subject
from onboarding.adapters.postgres.rows import Scope, sql
from onboarding.domain import capabilities
from onboarding.domain.capabilities import Facts
from onboarding.domain.case_states import CaseState
from onboarding.domain.erasure import ErasureProof, Removed


class PostgresErasures:
    """Implements the Erasures port."""

    def __init__(self, connection: Connection, scope: Scope, vault: Vault, registry: TopicRegistry) -> None:
        self._connection, self._scope, self._vault, self._registry = connection, scope, vault, registry

    async def over_since(self, contractor_id: str) -> datetime | None:
        moment: datetime | None = await self._connection.fetchval(sql.over_since, ids.raw(contractor_id))
        return moment

    async def remove(self, contractor_ids: Sequence[str]) -> Removed:
        keys = [ids.raw(i) for i in contractor_ids]
        await self._vault.destroy(self._connection, *map(subject, keys))
        gone = await self._connection.fetch(sql.remove_rows, keys)
        await self._connection.execute(sql.mark_erased, keys, self._scope.now)
        whole = hashlib.sha256()
        for row in gone:
            whole.update(row["name"].encode() + b"\0" + row["digest"])
        return Removed({row["name"]: row["rows"] for row in gone}, whole.digest())

    async def keep(self, proofs: Sequence[ErasureProof], filed: bool = False) -> None:
        if not proofs:
            return
        kept = await self._connection.fetch(
            sql.keep_proofs, [ids.raw(p.contractor_id) for p in proofs], [p.erased_at for p in proofs], [p.actor for p in proofs],
            [p.reason for p in proofs], [dict(p.removed.rows) for p in proofs], [p.removed.digest for p in proofs],
            [p.jws for p in proofs], filed,
        )  # fmt: skip
        await self.tell([(row["contractor_id"], row["erased_at"]) for row in kept])

    async def proven(self, after: UUID | None, limit: int) -> list[tuple[UUID, datetime]]:
        return [(row["contractor_id"], row["erased_at"]) for row in await self._connection.fetch(sql.page_proofs, after, limit)]

    async def tell(self, erased: Sequence[tuple[UUID, datetime]]) -> None:
        """Kafka's register knows whoever ours does: other services read there what a restored backup of theirs has forgotten."""
        told = ((ids.encode("contractor", key), erased_at) for key, erased_at in erased)
        await outbox.append(self._connection, [outbox.event(self._registry, i, 1, erasure_registered(i, at)) for i, at in told])

    async def proof(self, contractor_id: str) -> ErasureProof:
        if row := await self._connection.fetchrow(sql.get_proof, ids.raw(contractor_id)):
            return _proof(row)
        if erased_at := await self._connection.fetchval(sql.erased_at, ids.raw(contractor_id)):
            return ErasureProof(contractor_id, erased_at, "", "", Removed({}, b""))
        raise NotFound("erasure proof", contractor_id)

    async def unsigned(self, limit: int) -> list[ErasureProof]:
        return [_proof(row) for row in await self._connection.fetch(sql.unsigned_proofs, limit)]

    async def note_signatures(self, signed: Mapping[str, str]) -> None:
        await self._connection.execute(sql.note_signatures, [ids.raw(i) for i in signed], list(signed.values()))
        trail.touched(signed)

    async def unfiled(self, limit: int) -> list[ErasureProof]:
        return [_proof(row) for row in await self._connection.fetch(sql.unfiled_proofs, limit)]

    async def note_filed(self, contractor_ids: Sequence[str]) -> None:
        await self._connection.execute(sql.note_filed, [ids.raw(i) for i in contractor_ids])
        trail.touched(contractor_ids)

    async def sweep_keys(self) -> int:
        return await self._vault.sweep(self._connection)

    async def returned(self, contractor_ids: Sequence[str]) -> list[str]:
        rows = await self._connection.fetch(sql.find_returned, [ids.raw(i) for i in contractor_ids])
        return [ids.encode("contractor", row["id"]) for row in rows]

    async def close(self, contractor_ids: Sequence[str]) -> None:
        keys, scope = [ids.raw(i) for i in contractor_ids], self._scope
        nothing = capabilities.evaluate(CaseState.CLOSED, None, Facts(has_payout_method=False, screening=None))
        await self._connection.execute(sql.close_returned, keys, nothing, scope.actor, scope.now)
        await self._connection.execute(sql.close_returned_reviews, keys, scope.actor, scope.now)


def _proof(row: Any) -> ErasureProof:
    return ErasureProof(
        ids.encode("contractor", row["contractor_id"]), row["erased_at"], row["actor"], row["reason"],
        Removed(row["removed"], row["digest"]), row["jws"],
    )  # fmt: skip
