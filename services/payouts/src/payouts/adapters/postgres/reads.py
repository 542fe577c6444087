"""Lists, page by page. `after` is the last id given before, None for the first page."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chassis.db.pool import Connection

from payouts.adapters.postgres import rows
from payouts.adapters.postgres.sealing import Sealing
from payouts.adapters.postgres.sql import sql
from payouts.app.ports import BankFile
from payouts.domain.accounts.model import Account, Credit
from payouts.domain.obligations.model import Attempt, Obligation


class PostgresReads:
    def __init__(self, connection: Connection, sealing: Sealing) -> None:
        self._connection, self._sealing = connection, sealing

    async def obligations(
        self, organisation_id: UUID | None, contractor_id: UUID | None, states: Sequence[str], after: UUID | None, limit: int
    ) -> list[Obligation]:
        found = await self._connection.fetch(sql.list_obligations, organisation_id, contractor_id, list(states), after, limit)
        return [rows.obligation(row) for row in found]

    async def attempts(
        self, organisation_id: UUID | None, obligation_id: UUID | None, run_id: UUID | None, end_to_end_id: str,
        states: Sequence[str], after: UUID | None, limit: int,
    ) -> list[Attempt]:  # fmt: skip
        found = await self._connection.fetch(
            sql.list_attempts, organisation_id, obligation_id, run_id, end_to_end_id, list(states), after, limit
        )
        holds = rows.holds(await self._connection.fetch(sql.holds_of, [row["id"] for row in found]))
        return await self._sealing.attempts(found, holds)

    async def runs(self, organisation_id: UUID | None, states: Sequence[str], after: UUID | None, limit: int) -> list[UUID]:
        found = await self._connection.fetch(sql.list_runs, organisation_id, list(states), after, limit)
        return [row["id"] for row in found]

    async def executing_runs(self) -> list[UUID]:
        return [row["id"] for row in await self._connection.fetch(sql.executing_runs)]

    async def funding_accounts(self, organisation_id: UUID, after: UUID | None, limit: int) -> list[UUID]:
        return [row["id"] for row in await self._connection.fetch(sql.list_funding_accounts, organisation_id, after, limit)]

    async def bank_messages(
        self, run_id: UUID | None, type_prefix: str, organisation_id: UUID | None, after: UUID | None, limit: int
    ) -> list[BankFile]:
        found = await self._connection.fetch(sql.list_bank_messages, run_id, type_prefix, organisation_id, after, limit)
        return [rows.bank_file(row) for row in found]

    async def exceptions(self, organisation_id: UUID | None, after: int | None, limit: int) -> list[Any]:
        found: list[Any] = await self._connection.fetch(sql.list_exceptions, after, limit, organisation_id)
        return found

    async def ledger_accounts(self, organisation_id: UUID | None, after: int | None, limit: int) -> list[Any]:
        found: list[Any] = await self._connection.fetch(sql.list_ledger_accounts, organisation_id, after, limit)
        return found

    async def ledger_account(self, path: str) -> Any:
        """id and organisation_id, or None."""
        return await self._connection.fetchrow(sql.find_ledger_account, path)

    async def postings(self, account_id: int, after: int | None, limit: int) -> list[Any]:
        found: list[Any] = await self._connection.fetch(sql.list_postings, account_id, after, limit)
        return found

    async def postings_of_attempts(self, references: Sequence[str]) -> list[Any]:
        found: list[Any] = await self._connection.fetch(sql.postings_of_attempts, list(references))
        return found

    async def check_ledger(self) -> Any:
        """transactions, postings, unbalanced, wrong."""
        return await self._connection.fetchrow(sql.check_ledger)

    async def steps_of_payout(self, obligation_id: UUID) -> list[Any]:
        found: list[Any] = await self._connection.fetch(sql.steps_of_payout, obligation_id)
        return found

    async def freelancer_accounts(self, contractor_id: UUID | None, bank: str, after: UUID | None, limit: int) -> list[Account]:
        return [rows.account(row) for row in await self._connection.fetch(sql.list_accounts, contractor_id, bank, after, limit)]

    async def credits(self, account_id: UUID | None, after: UUID | None, limit: int) -> list[Credit]:
        return [rows.credit(row) for row in await self._connection.fetch(sql.list_credits, account_id, after, limit)]
