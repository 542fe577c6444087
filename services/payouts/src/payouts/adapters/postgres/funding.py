"""Funding accounts with their ledger balances."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from chassis.audit import trail
from chassis.db.pool import Connection
from chassis.errors import Conflict, NotFound, PreconditionFailed
from chassis.ids import encode

from payouts.adapters.postgres.publisher import Publisher
from payouts.adapters.postgres.sql import sql
from payouts.domain.funding import BalanceChanged, FundingAccount


class PostgresFunding:
    def __init__(self, connection: Connection, publisher: Publisher, now: datetime) -> None:
        self._connection, self._publisher, self._now = connection, publisher, now

    async def add(self, account: FundingAccount) -> None:
        await self._connection.execute(
            sql.insert_funding_account, account.id, account.organisation_id, account.bank, account.account, account.bic,
            account.currency, account.holder_name, account.bank_account_id, account.settlement_account_id,
            account.in_transit_account_id, account.version, account.created_at,
        )  # fmt: skip
        trail.kept(encode("funding", account.id), account)

    async def get(self, account_id: UUID, *, lock: bool = False) -> FundingAccount:
        if lock:
            await self._lock(account_id)
        found = (await self.many([account_id])).get(account_id)
        if found is None:
            raise NotFound("funding account", encode("funding", account_id))
        if lock:
            trail.seen(encode("funding", account_id), found)
        return found

    async def _lock(self, account_id: UUID) -> None:
        """Raises PreconditionFailed when the money of another client has come in on the same account."""
        locked = [row["id"] for row in await self._connection.fetch(sql.lock_funding_account, account_id)]
        others = [each for each in locked if each != account_id]
        if funded := await self._connection.fetch(sql.funded_accounts, others) if others else ():
            named = ", ".join(encode("funding", row["id"]) for row in funded)
            said = f"the account is funded as {named} of another organisation: settle whose it is"
            raise PreconditionFailed.one("FUNDING_ACCOUNT_CLAIMED", encode("funding", account_id), said)

    async def tell_of_claims(self, account: FundingAccount) -> None:
        rows = await self._connection.fetch(
            sql.claims_of_account, account.bank, account.account, account.currency, account.organisation_id
        )
        if rows:
            claims = [(account.id, account.organisation_id), *((row["id"], row["organisation_id"]) for row in rows)]
            named = ", ".join(f"{encode('funding', each)} of {encode('org', owner)}" for each, owner in claims)
            said = f"several organisations have registered one account: {named}"
            await self._connection.execute(sql.tell_of_claims, "FUNDING_ACCOUNT_CLAIMED", said, account.currency, self._now)

    async def many(self, account_ids: Collection[UUID]) -> dict[UUID, FundingAccount]:
        rows = await self._connection.fetch(sql.funding_accounts, list(account_ids))
        return {row["id"]: FundingAccount(**row) for row in rows}

    async def add_deposit(self, deposit_id: UUID, account: FundingAccount, minor: int, bank_reference: str) -> None:
        """`account` has its new version."""
        if await self._connection.fetchval(sql.move_funding_version, account.id, account.version) is None:
            raise Conflict("a concurrent change won: repeat with the same request_id")
        trail.kept(encode("funding", account.id), account)
        await self._connection.execute(sql.insert_deposit, deposit_id, account.id, bank_reference, minor, self._now)

    async def publish(self, event: BalanceChanged) -> None:
        await self._publisher.publish([event])
