"""Payout methods; the account lies with the personal data."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from chassis import ids
from chassis.db import history
from chassis.db.pool import Connection
from chassis.errors import NotFound

from onboarding.adapters.postgres import rows
from onboarding.adapters.postgres.rows import Scope, sql
from onboarding.domain.payout_method import MethodState, PayoutMethod


class PostgresPayoutMethods:
    """Implements the PayoutMethods port."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection, self._scope = connection, scope

    async def add(self, method: PayoutMethod) -> None:
        key, owner = ids.raw(method.id), ids.raw(method.contractor_id)
        await self._connection.execute(
            sql.insert_method, key, owner, method.state, method.country, method.currency, method.version, method.current,
            method.usable_from, method.name_match, method.purpose_code, method.partner_bank, method.bic, method.bank_name,
            method.created_at,
        )  # fmt: skip
        await self._connection.execute(sql.put_personal, [owner], [key], "ACCOUNT", [method.account])
        steps = [history.step(method.id, method.version, "", MethodState.PENDING.value, "ADDED")]
        if method.state is not MethodState.PENDING:
            steps.append(history.step(method.id, method.version, MethodState.PENDING.value, method.state.value, "FORMAT_CHECKED"))
        await history.record(self._connection, steps, self._scope.actor, self._scope.now)

    async def owner_of(self, method_id: str) -> str:
        owner = await self._connection.fetchval(sql.method_owner, ids.raw(method_id))
        if owner is None:
            raise NotFound("payout method", method_id)
        return ids.encode("contractor", owner)

    async def lock(self, method_id: str) -> PayoutMethod:
        row = await self._connection.fetchrow(sql.lock_method, ids.raw(method_id))
        if row is None:
            raise NotFound("payout method", method_id)
        return rows.payout_method(row)

    async def current(self, contractor_ids: Sequence[str]) -> dict[str, list[PayoutMethod]]:
        return await self._by_contractor(sql.current_methods, contractor_ids)

    async def pending(self, contractor_ids: Sequence[str]) -> dict[str, list[PayoutMethod]]:
        return await self._by_contractor(sql.pending_methods, contractor_ids)

    async def _by_contractor(self, query: str, contractor_ids: Sequence[str]) -> dict[str, list[PayoutMethod]]:
        found: dict[str, list[PayoutMethod]] = {}
        for row in await self._connection.fetch(query, [ids.raw(i) for i in contractor_ids]):
            method = rows.payout_method(row)
            found.setdefault(method.contractor_id, []).append(method)
        return found

    async def any_ever(self, contractor_id: str) -> bool:
        return bool(await self._connection.fetchval(sql.has_methods, ids.raw(contractor_id)))

    async def next_version(self, contractor_id: str, currency: str) -> int:
        last: int = await self._connection.fetchval(sql.last_method_version, ids.raw(contractor_id), currency)
        return last + 1

    async def save(self, before: PayoutMethod, after: PayoutMethod, reason: str) -> None:
        await self._connection.execute(sql.update_method, ids.raw(after.id), after.state, after.current, after.usable_from)
        if before.state is not after.state:
            step = history.step(after.id, after.version, before.state.value, after.state.value, reason)
            await history.record(self._connection, [step], self._scope.actor, self._scope.now)

    async def page(self, contractor_id: str, after: UUID | None, fetch: int) -> list[PayoutMethod]:
        found = await self._connection.fetch(sql.page_methods, ids.raw(contractor_id), after, fetch)
        return [rows.payout_method(row) for row in found]
