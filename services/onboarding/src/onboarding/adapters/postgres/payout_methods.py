"""Payout methods; the account lies with the personal data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis import ids
from chassis.audit import trail
from chassis.db import history
from chassis.db.pool import Connection
from chassis.errors import NotFound

from onboarding.adapters.postgres import rows
from onboarding.adapters.postgres.contractors import keep_remarks, remark_of
from onboarding.adapters.postgres.personal import Document, PersonalData
from onboarding.adapters.postgres.rows import Scope, sql
from onboarding.domain.case_states import APPROVED_STATES
from onboarding.domain.payout_method import MethodState, PayoutMethod


class PostgresPayoutMethods:
    """Implements the PayoutMethods port."""

    def __init__(self, connection: Connection, scope: Scope, personal: PersonalData) -> None:
        self._connection, self._scope, self._personal = connection, scope, personal
        self._sealed: dict[str, bytes] = {}  # what stands for the account in an audit entry

    async def add(self, method: PayoutMethod) -> None:
        key, owner = ids.raw(method.id), ids.raw(method.contractor_id)
        await self._connection.execute(
            sql.insert_method, key, owner, method.state, method.country, method.currency, method.version, method.current,
            method.usable_from, method.suspected, method.name_match, method.purpose_code, method.partner_bank, method.bic,
            method.bank_name, method.created_at,
        )  # fmt: skip
        [self._sealed[method.id]] = await self._personal.put([Document(owner, key, "ACCOUNT", method.account)])
        trail.kept(method.id, self._digestible(method))
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
        [method] = await self._methods([row])
        self._sealed[method.id] = row["account"] or b""
        trail.seen(method.id, self._digestible(method))
        return method

    async def current(self, contractor_ids: Sequence[str]) -> dict[str, list[PayoutMethod]]:
        return await self._by_contractor(sql.current_methods, contractor_ids)

    async def pending(self, contractor_ids: Sequence[str]) -> dict[str, list[PayoutMethod]]:
        return await self._by_contractor(sql.pending_methods, contractor_ids)

    async def all_of(self, contractor_ids: Sequence[str]) -> dict[str, list[PayoutMethod]]:
        return await self._by_contractor(sql.all_methods, contractor_ids)

    async def _by_contractor(self, query: str, contractor_ids: Sequence[str]) -> dict[str, list[PayoutMethod]]:
        found: dict[str, list[PayoutMethod]] = {}
        for method in await self._methods(await self._connection.fetch(query, [ids.raw(i) for i in contractor_ids])):
            found.setdefault(method.contractor_id, []).append(method)
        return found

    async def suspected(self, until: datetime, limit: int) -> list[str]:
        found = await self._connection.fetch(sql.suspected_methods, until, limit)
        return [ids.encode("method", row["id"]) for row in found]

    async def shared_while_cooling(self, after: datetime, until: datetime, limit: int) -> list[str]:
        found = await self._connection.fetch(sql.shared_while_cooling, after, until, sorted(APPROVED_STATES), limit)
        return [ids.encode("method", row["id"]) for row in found]

    async def any_ever(self, contractor_id: str) -> bool:
        return bool(await self._connection.fetchval(sql.has_methods, ids.raw(contractor_id)))

    async def next_version(self, contractor_id: str, currency: str) -> int:
        last: int = await self._connection.fetchval(sql.last_method_version, ids.raw(contractor_id), currency)
        return last + 1

    async def save(self, before: PayoutMethod, after: PayoutMethod, reason_code: str, remark: str = "") -> None:
        await self._connection.execute(
            sql.update_method, ids.raw(after.id), after.state, after.current, after.usable_from, after.suspected
        )
        if before.state is not after.state:
            step = history.step(after.id, after.version, before.state.value, after.state.value, reason_code)
            await history.record(self._connection, [step], self._scope.actor, self._scope.now)
            said = [remark_of(after.contractor_id, after.id, after.version, remark)]
            await keep_remarks(self._connection, self._personal, said)
        trail.kept(after.id, self._digestible(after))

    async def page(self, contractor_id: str, after: UUID | None, fetch: int) -> list[PayoutMethod]:
        return await self._methods(await self._connection.fetch(sql.page_methods, ids.raw(contractor_id), after, fetch))

    async def _methods(self, found: Sequence[Any]) -> list[PayoutMethod]:
        opened = await self._personal.open(found, {"account": ("personal_data", "ACCOUNT", "id")})
        return [rows.payout_method(row, values) for row, values in zip(found, opened, strict=True)]

    def _digestible(self, method: PayoutMethod) -> tuple[Any, ...]:
        return replace(method, account=rows.NO_ACCOUNT), self._sealed.get(method.id, b"")
