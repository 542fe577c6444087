"""Freelancer accounts and the credits on them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.audit import trail
from chassis.db import history
from chassis.db.pool import Connection
from chassis.errors import NotFound
from chassis.ids import encode

from payouts.adapters.postgres import rows
from payouts.adapters.postgres.publisher import Publisher
from payouts.adapters.postgres.sql import sql
from payouts.domain.accounts.model import TAKES_CREDITS, Account, AccountEvent, AccountMoved, Credit, CreditMoved
from payouts.domain.obligations.model import Attempt


class PostgresFreelancerAccounts:
    def __init__(self, connection: Connection, publisher: Publisher, now: datetime) -> None:
        self._connection, self._publisher, self._now = connection, publisher, now

    async def add(self, account: Account) -> None:
        await self._connection.execute(
            sql.insert_account, account.id, account.contractor_id, account.bank, account.currency, account.tracking_number,
            account.state.value, account.credited_minor, account.decision_due_at, account.version, account.created_at,
            account.updated_at,
        )  # fmt: skip
        trail.kept(encode("account", account.id), account)

    async def lock(self, account_id: UUID) -> Account:
        account = self._found(await self._connection.fetchrow(sql.lock_account, account_id), account_id)
        trail.seen(encode("account", account_id), account)
        return account

    async def get(self, account_id: UUID) -> Account:
        return self._found(await self._connection.fetchrow(sql.get_account, account_id), account_id)

    @staticmethod
    def _found(row: object, account_id: UUID) -> Account:
        if row is None:
            raise NotFound("freelancer account", encode("account", account_id))
        return rows.account(row)

    async def save(self, accounts: Sequence[Account], moved: Sequence[Credit], events: Sequence[AccountEvent]) -> None:
        """Accounts were locked when they were read."""
        if len(accounts) == 1:  # of one person's act
            trail.kept(encode("account", accounts[0].id), accounts[0])
        await self._connection.execute(
            sql.update_accounts, [a.id for a in accounts], [a.state.value for a in accounts],
            [a.credited_minor for a in accounts], [a.version for a in accounts], self._now,
        )  # fmt: skip
        if moved:
            await self._connection.execute(
                sql.save_credits, [c.id for c in moved], [c.account_id for c in moved], [c.attempt_id for c in moved],
                [c.end_to_end_id for c in moved], [c.expected_minor for c in moved], [c.credited_minor for c in moved],
                [c.currency for c in moved], [c.state.value for c in moved], [c.short_credit for c in moved],
                [c.created_at for c in moved], [c.updated_at for c in moved],
            )  # fmt: skip
        await self._publisher.record([_step(event) for event in events])
        await self._publisher.publish(events)

    async def for_attempts(self, attempts: Sequence[Attempt]) -> tuple[dict[UUID, Account], dict[UUID, Credit]]:
        ids = [attempt.id for attempt in attempts]
        banks, currencies = [a.partner_bank for a in attempts], [a.currency for a in attempts]
        found = await self._connection.fetch(sql.lock_accounts_of, [a.contractor_id for a in attempts], banks, currencies, ids)
        accounts = {account.id: account for account in map(rows.account, found)}
        known = {c.attempt_id: c for c in map(rows.credit, await self._connection.fetch(sql.credits_of_attempts, ids))}
        open_accounts = {(a.contractor_id, a.bank, a.currency): a for a in accounts.values() if a.state in TAKES_CREDITS}
        by_attempt = {}
        for attempt in attempts:
            credit = known.get(attempt.id)
            key = (attempt.contractor_id, attempt.partner_bank, attempt.currency)
            account = accounts[credit.account_id] if credit else open_accounts.get(key)
            if account is not None:
                by_attempt[attempt.id] = account
        return by_attempt, known


def _step(event: AccountEvent) -> history.Step:
    if isinstance(event, AccountMoved):
        account = event.account
        return history.Step("account", account.id, account.version, event.from_state, account.state.value, event.reason)
    assert isinstance(event, CreditMoved)
    credit = event.credit
    return history.Step("credit", credit.id, event.account.version, event.from_state, credit.state.value, "follows its payout")
