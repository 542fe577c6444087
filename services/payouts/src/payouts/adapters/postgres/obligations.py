"""What is owed, to whom, and what onboarding has told of them."""

from datetime import datetime
from uuid import UUID

from chassis.audit import trail
from chassis.db.history import Step
from chassis.db.pool import Connection
from chassis.errors import NotFound
from chassis.ids import encode

from payouts.adapters.postgres import rows
from payouts.adapters.postgres.lines import blocker_of
from payouts.adapters.postgres.publisher import Publisher
from payouts.adapters.postgres.sealing import Sealing
from payouts.adapters.postgres.sql import sql
from payouts.app.ports import PayeeMethod
from payouts.domain.obligations.book import ObligationMoved
from payouts.domain.obligations.model import Attempt, Blocker, NewObligation, Obligation
from payouts.domain.obligations.why import Sent


class PostgresObligations:
    def __init__(self, connection: Connection, publisher: Publisher, sealing: Sealing, now: datetime) -> None:
        self._connection, self._publisher, self._sealing, self._now = connection, publisher, sealing, now

    async def add(self, new: NewObligation) -> bool:
        added = await self._connection.fetchval(
            sql.insert_obligation, new.id, new.invoice_id, new.invoice_number, new.organisation_id, new.contractor_id,
            new.contract_id, new.terms_version, list(new.work_item_ids), new.amount_minor, new.currency, new.due_date, self._now,
        )  # fmt: skip
        if added is None:
            return False
        await self._connection.execute(sql.insert_work_items, new.id, list(new.work_item_ids))
        obligation = await self.get(obligation_id=new.id)
        trail.kept(encode("obligation", new.id), obligation)
        await self._publisher.record([Step("obligation", new.id, 1, "", obligation.state.value, "invoice approved")])
        await self._publisher.publish([ObligationMoved(obligation, "", "invoice approved")])
        return True

    async def get(self, *, obligation_id: UUID | None = None, invoice_id: UUID | None = None) -> Obligation:
        row = await self._connection.fetchrow(sql.get_obligation, obligation_id, invoice_id)
        if row is None:
            asked = encode("obligation", obligation_id) if obligation_id else encode("invoice", invoice_id or UUID(int=0))
            raise NotFound("obligation", asked)
        return rows.obligation(row)

    async def attempts(self, obligation_id: UUID) -> list[Attempt]:
        found = await self._connection.fetch(sql.list_attempts, None, obligation_id, None, "", [], None, 1000)
        holds = rows.holds(await self._connection.fetch(sql.holds_of, [row["id"] for row in found]))
        return sorted(await self._sealing.attempts(found, holds), key=lambda attempt: attempt.number)

    async def attempt(self, attempt_id: UUID) -> Attempt:
        row = await self._connection.fetchrow(sql.get_attempt, attempt_id)
        if row is None:
            raise NotFound("attempt", encode("attempt", attempt_id))
        holds = rows.holds(await self._connection.fetch(sql.holds_of, [attempt_id]))
        return (await self._sealing.attempts([row], holds))[0]

    async def method_changed(self, attempt: Attempt) -> bool:
        return bool(
            await self._connection.fetchval(sql.method_changed, attempt.contractor_id, attempt.currency, attempt.payout_method_id)
        )

    async def sent(self, attempt: Attempt) -> Sent | None:
        file = await self._connection.fetchrow(sql.file_of_attempt, attempt.id)
        if file is None:
            return None
        found = await self._connection.fetch(sql.exceptions_of_attempt, attempt.end_to_end_id)
        exceptions = tuple((row["code"], row["message"]) for row in found)
        return Sent(file["written_on"], file["not_taken"], exceptions)

    async def standing_blockers(self, obligation_id: UUID, at: datetime) -> list[Blocker]:
        return [blocker_of(row) for row in await self._connection.fetch(sql.standing_blockers, obligation_id, at)]


class PostgresPayees:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def keep_state(self, contractor_id: UUID, state: str) -> None:
        await self._connection.execute(sql.keep_state, contractor_id, state)
        trail.kept(encode("contractor", contractor_id), state)

    async def keep_capability(self, contractor_id: UUID, state: str, reason_code: str) -> None:
        await self._connection.execute(sql.keep_capability, contractor_id, state, reason_code)
        trail.kept(encode("contractor", contractor_id), (state, reason_code))

    async def keep_method(self, method: PayeeMethod) -> None:
        await self._connection.execute(sql.supersede_method, method.contractor_id, method.currency, method.id)
        await self._connection.execute(
            sql.insert_method, method.id, method.contractor_id, method.version, method.country, method.currency,
            method.usable_from, method.sealed, method.partner_bank,
        )  # fmt: skip
        trail.touched([encode("contractor", method.contractor_id)])
        trail.kept(encode("method", method.id), method)

    async def disable_method(self, method_id: UUID) -> None:
        await self._connection.execute(sql.disable_method, method_id)
        trail.kept(encode("method", method_id), "DISABLED")

    async def keep_screening(self, contractor_id: UUID, result: str, at: datetime, run_id: UUID | None) -> None:
        await self._connection.execute(sql.keep_screening, contractor_id, result, at)
        if run_id is not None:
            await self._connection.execute(sql.answer_screening, run_id, contractor_id, result)
        trail.kept(encode("contractor", contractor_id), (result, at, run_id))

    async def partner_bank(self, contractor_id: UUID, currency: str) -> str:
        return await self._connection.fetchval(sql.partner_bank, contractor_id, currency) or ""
