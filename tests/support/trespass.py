"""What the application role, acting for a tenant, can do to rows that are not its own: for every table and every command."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg

# Refused by a policy, a column right or a trigger.
REFUSED = (asyncpg.InsufficientPrivilegeError, asyncpg.RestrictViolationError)
_COLUMNS = """
SELECT attname AS name, has_column_privilege($2, attrelid, attnum, 'UPDATE') AS changes, attidentity = 'a' AS numbered
FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped
"""
_OWNERS = ("organisation_id", "contractor_id", "bank")
_SAMPLES = 4


@dataclass(frozen=True)
class Tenant:
    """setting: as kamai.tenant has it. kind: organisation, contractor, bank or nobody. value: $1 of its conditions."""

    setting: str
    kind: str
    value: Any


@dataclass(frozen=True)
class Rights:
    """By table and kind of tenant the condition of rows that are its own, and of rows it may update; and who may insert."""

    own: Mapping[str, Mapping[str, str]]
    updates: Mapping[str, Mapping[str, str]]
    inserts: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Trespasser:
    """admin sees everything; app is the application role. Nothing of what is tried is kept."""

    admin: Any
    app: Any
    service: str
    rights: Rights

    async def faults(self, tenants: Sequence[Tenant]) -> list[str]:
        """What should have been refused."""
        found: list[str] = []
        for table in self.rights.own:
            assert await self.admin.fetchval(f"SELECT count(*) FROM {table}"), f"{table} is empty: nothing is shown by it"
            columns = await self.admin.fetch(_COLUMNS, table, f"{self.service}_app")
            for tenant in tenants:
                await self.app.execute("SELECT set_config('kamai.tenant', $1, false)", tenant.setting)
                found += await self._updates(table, tenant, [c["name"] for c in columns if c["changes"]])
                found += await self._handed_over(table, tenant, [c["name"] for c in columns])
                if await self._tried(f"DELETE FROM {table} AS t RETURNING to_jsonb(t)::text"):
                    found.append(f"{table}: deleted by {tenant.setting}")
                found += await self._inserts(table, tenant, [c["name"] for c in columns if not c["numbered"]])
        return found

    async def _updates(self, table: str, tenant: Tenant, columns: list[str]) -> list[str]:
        mine = await self._rows(table, self.rights.updates.get(table, {}).get(tenant.kind, ""), tenant)
        return [
            f"{table}.{column}: a row of another is changed by {tenant.setting}"
            for column in columns
            if set(await self._tried(f"UPDATE {table} AS t SET {column} = {column} RETURNING to_jsonb(t)::text")) - set(mine)
        ]

    async def _handed_over(self, table: str, tenant: Tenant, columns: list[str]) -> list[str]:
        """Nobody may; not even the platform."""
        return [
            f"{table}.{column}: handed over by {tenant.setting}"
            for column in columns
            if column in _OWNERS and await self._tried(f"UPDATE {table} AS t SET {column} = {column} RETURNING to_jsonb(t)::text")
        ]

    async def _inserts(self, table: str, tenant: Tenant, columns: list[str]) -> list[str]:
        """Copies of rows that are not the tenant's, and of its own in the name of another."""
        every = await self._rows(table, "true", tenant)
        seen = await self._rows(table, self.rights.own[table].get(tenant.kind, ""), tenant)
        own = seen if tenant.kind in self.rights.inserts.get(table, ()) else []
        forged = [json.loads(row) for row in every if row not in own][:_SAMPLES]
        forged += [json.loads(row) | {"organisation_id": str(uuid4())} for row in own[:_SAMPLES] if '"organisation_id"' in row]
        names = ", ".join(columns)
        statement = f"INSERT INTO {table} ({names}) SELECT {names} FROM jsonb_populate_record(NULL::{table}, $1::jsonb)"
        found = []
        for row in forged:
            if isinstance(row.get("id"), str):
                row |= {"id": str(uuid4())}
            if await self._tried(f"{statement} RETURNING 'put in'", json.dumps(row)):
                found.append(f"{table}: put in by {tenant.setting}: {row}")
        return found

    async def _rows(self, table: str, condition: str, tenant: Tenant) -> list[str]:
        if not condition:
            return []
        arguments = [tenant.value] if "$1" in condition else []
        found = await self.admin.fetch(f"SELECT to_jsonb({table})::text FROM {table} WHERE {condition}", *arguments)
        return [row[0] for row in found]

    async def _tried(self, statement: str, *arguments: Any) -> list[str]:
        """What the statement touched before it was undone, or what stopped it behind the policies; nothing when refused."""
        transaction = self.app.transaction()
        await transaction.start()
        try:
            return [row[0] for row in await self.app.fetch(statement, *arguments)]
        except REFUSED:
            return []
        except asyncpg.IntegrityConstraintViolationError as error:
            return [str(error)]
        finally:
            await transaction.rollback()


def tenants(organisations: Sequence[UUID], contractors: Sequence[UUID], banks: Sequence[str] = ("indus",)) -> list[Tenant]:
    """These, and nobody."""
    return [
        *(Tenant(f"organisation:{each}", "organisation", each) for each in organisations),
        *(Tenant(f"contractor:{each}", "contractor", each) for each in contractors),
        *(Tenant(f"bank:{each}", "bank", each) for each in banks),
        Tenant("", "nobody", None),
    ]
