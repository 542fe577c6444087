"""The ledger's posting functions. The application role has no other way to write it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from chassis.audit import trail
from chassis.db.pool import Connection
from chassis.ids import encode

from payouts.adapters.postgres.sql import sql
from payouts.domain.ledger.entries import Transaction


class PostgresLedger:
    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection, self._now = connection, now

    async def open_account(self, path: str, currency: str, organisation_id: UUID | None, guarded: bool) -> int:
        account: int = await self._connection.fetchval(sql.open_account, path, currency, organisation_id, guarded)
        return account

    async def post(self, transactions: Sequence[Transaction], holds: Sequence[str] = ()) -> None:
        entries = [(transaction.id, entry) for transaction in transactions for entry in transaction.entries]
        await self._connection.execute(
            sql.post, [t.id for t in transactions], [t.kind for t in transactions], [t.reference for t in transactions],
            [t.linked_to for t in transactions], [owner for owner, _ in entries], [e.account for _, e in entries],
            [e.amount_minor for _, e in entries], [e.reference for _, e in entries], list(holds),
        )  # fmt: skip
        trail.touched(encode("ledgertx", each.id) for each in transactions)

    async def reserve(
        self, account: int, amounts: Sequence[tuple[str, int]], expires_at: datetime, all_or_none: bool
    ) -> frozenset[str]:
        references, minors = [reference for reference, _ in amounts], [minor for _, minor in amounts]
        rows = await self._connection.fetch(sql.reserve, account, references, minors, expires_at, all_or_none)
        return frozenset(row[0] for row in rows)

    async def reserved(self, references: Sequence[str]) -> frozenset[str]:
        return frozenset(row["reference"] for row in await self._connection.fetch(sql.open_holds, list(references)))

    async def void(self, references: Sequence[str]) -> None:
        await self._connection.fetch(sql.void, list(references))
        trail.touched(references)

    async def expired(self, limit: int, but: Collection[str]) -> list[str]:
        found = await self._connection.fetch(sql.expired_holds, self._now, limit, list(but))
        return [row["reference"] for row in found]

    async def transactions_of(self, kind: str, references: Sequence[str]) -> Mapping[str, UUID]:
        rows = await self._connection.fetch(sql.transactions_of, kind, list(references))
        return {row["reference"]: row["transaction_id"] for row in rows}
