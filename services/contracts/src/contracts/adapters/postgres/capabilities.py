"""What contractors may do, in Postgres: a projection of onboarding's events."""

from __future__ import annotations

from collections.abc import Mapping

from chassis import ids
from chassis.audit import trail

from contracts.adapters.postgres.transaction import Transaction, sql
from contracts.domain.capability import CapabilityStatus


class PostgresCapabilities:
    def __init__(self, transaction: Transaction) -> None:
        self._t = transaction

    async def of(self, contractor_id: str) -> Mapping[str, CapabilityStatus]:
        rows = await self._t.connection.fetch(sql.get_capabilities, ids.raw(contractor_id))
        return {row["capability"]: CapabilityStatus(row["state"], row["reason_code"]) for row in rows}

    async def replace(self, contractor_id: str, capabilities: Mapping[str, CapabilityStatus]) -> None:
        key = ids.raw(contractor_id)
        await self._t.connection.execute(sql.forget_capabilities, key)
        await self._t.connection.execute(
            sql.keep_capabilities, key, list(capabilities), [c.state for c in capabilities.values()],
            [c.reason_code for c in capabilities.values()],
        )  # fmt: skip
        trail.kept(contractor_id, capabilities)
