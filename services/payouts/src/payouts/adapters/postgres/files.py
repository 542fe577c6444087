"""Bank messages, the entries in them, and what two people say about an unknown outcome. What names people is sealed."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from chassis.audit import trail
from chassis.db.pool import Connection
from chassis.errors import NotFound
from chassis.ids import encode
from chassis.vault import Place

from payouts.adapters.postgres import rows
from payouts.adapters.postgres.sealing import Sealing
from payouts.adapters.postgres.sql import sql
from payouts.app.ports import BankFile, Resolution
from payouts.domain.obligations.model import Attempt
from payouts.domain.rails.effects import EarlyReturn, Matched, Problem


class PostgresFiles:
    def __init__(self, connection: Connection, sealing: Sealing, actor: str, now: datetime) -> None:
        self._connection, self._sealing, self._actor, self._now = connection, sealing, actor, now

    async def add(self, file: BankFile) -> bool:
        content = await self._sealing.content(file)
        added = await self._connection.fetchval(
            sql.insert_bank_message, file.id, file.bank, file.direction, file.type, file.message_id, file.sha256, content,
            file.state, file.items, file.error, file.run_id, file.funding_account_id, file.organisation_id, file.created_at,
        )  # fmt: skip
        if added is not None:
            trail.touched([encode("bankmsg", file.id)])
        return added is not None

    async def find_in(self, bank: str, message_id: str, sha256: str) -> BankFile:
        return rows.bank_file(await self._connection.fetchrow(sql.find_bank_message_in, bank, message_id, sha256))

    async def lock(self, file_id: UUID) -> BankFile:
        file = self._found(await self._connection.fetchrow(sql.lock_bank_message, file_id), file_id)
        trail.seen(encode("bankmsg", file_id), file)
        return file

    async def get(self, file_id: UUID, *, content: bool = False) -> BankFile:
        row = await self._connection.fetchrow(sql.get_bank_message, file_id, content)
        found = self._found(row, file_id)
        return await self._sealing.file(row) if content else found

    @staticmethod
    def _found(row: object, file_id: UUID) -> BankFile:
        if row is None:
            raise NotFound("bank message", encode("bankmsg", file_id))
        return rows.bank_file(row)

    async def set_state(
        self, file_id: UUID, state: str, error: str, *, sent_at: datetime | None, not_before: datetime | None
    ) -> None:
        await self._connection.execute(sql.set_message_state, file_id, state, error, sent_at, not_before)

    async def prepared(self, run_id: UUID) -> UUID | None:
        found: UUID | None = await self._connection.fetchval(sql.prepared_file, run_id)
        return found

    async def next_to_send(self, at: datetime) -> BankFile | None:
        row = await self._connection.fetchrow(sql.next_to_send, at)
        if row is None:
            return None
        trail.kept(encode("bankmsg", row["id"]), rows.bank_file({**row, "content": b""}))
        return await self._sealing.file(row)

    async def never_handed_over(self, file_id: UUID) -> None:
        await self._connection.execute(sql.never_handed_over, file_id)

    async def spoken_of(self, bank: str, message_id: str) -> int:
        return await self._connection.fetchval(sql.spoken_of, bank, message_id, self._now) or 0

    async def attempts_of(self, bank: str, message_id: str, among: Collection[UUID]) -> frozenset[UUID]:
        found = await self._connection.fetch(sql.attempts_of_file, bank, message_id, list(among))
        return frozenset(row["id"] for row in found)

    async def known_entries(self, bank: str, keys: Collection[str]) -> frozenset[str]:
        return frozenset(row["entry_key"] for row in await self._connection.fetch(sql.known_entries, bank, list(keys)))

    async def add_entries(self, bank: str, file_id: UUID, entries: Sequence[Matched]) -> None:
        if entries:
            each = [matched.entry for matched in entries]
            await self._connection.execute(
                sql.insert_entries, bank, [e.entry_key for e in each], [e.account for e in each], [e.kind.value for e in each],
                [e.amount_minor for e in each], [e.currency for e in each], [e.end_to_end_id or "" for e in each],
                [e.is_return for e in each], [e.booked_on for e in each], [m.attempt_id for m in entries],
                [m.outcome for m in entries], self._now, [file_id] * len(entries),
            )  # fmt: skip

    async def confirm_entries(self, bank: str, file_id: UUID, keys: Collection[str]) -> None:
        if keys:
            await self._connection.execute(sql.confirm_entries, bank, file_id, list(keys))

    async def match_entries(self, bank: str, keys: Collection[str]) -> None:
        if keys:
            await self._connection.execute(sql.match_entries, bank, list(keys))

    async def add_early_returns(self, early: Sequence[EarlyReturn]) -> None:
        if early:
            found = await self._connection.fetch(sql.owners_of_attempts, [e.attempt_id for e in early])
            owners = {row["id"]: row for row in found}
            places = [_early(owners[e.attempt_id]["organisation_id"], e.attempt_id, e.field, e.key) for e in early]
            texts = await self._sealing.seal_words(
                [(owners[e.attempt_id]["contractor_id"], place, e.text) for e, place in zip(early, places, strict=True)]
            )
            await self._connection.execute(
                sql.insert_early_returns, [e.attempt_id for e in early], [e.field for e in early], [e.key for e in early],
                [e.amount_minor for e in early], [e.currency for e in early], [e.reason_code for e in early], texts, self._now,
            )  # fmt: skip

    async def take_early_returns(self, attempt_ids: Collection[UUID]) -> list[EarlyReturn]:
        found = await self._connection.fetch(sql.take_early_returns, list(attempt_ids), self._now)
        texts = await self._sealing.words(
            [(_early(row["organisation_id"], row["attempt_id"], row["field"], row["key"]), row["text"]) for row in found]
        )
        return [
            EarlyReturn(
                row["attempt_id"], row["field"], row["key"], row["amount_minor"], row["currency"], row["reason_code"], text
            )
            for row, text in zip(found, texts, strict=True)
        ]  # fmt: skip

    async def add_problems(self, file_id: UUID | None, problems: Sequence[Problem]) -> None:
        if problems:
            await self._connection.execute(
                sql.insert_exceptions, file_id, [p.code for p in problems], [p.message for p in problems],
                [p.amount_minor for p in problems], [p.currency for p in problems], [p.end_to_end_id for p in problems],
                self._now,
            )  # fmt: skip

    async def resolution(self, attempt_id: UUID) -> Resolution | None:
        row = await self._connection.fetchrow(sql.get_resolution, attempt_id)
        return Resolution(**row) if row else None

    async def propose(self, attempt: Attempt, resolution: str, evidence: str) -> None:
        sealed = await self._sealing.evidence(attempt, "evidence", evidence)
        await self._connection.execute(sql.propose_resolution, attempt.id, resolution, sealed, self._actor, self._now)

    async def confirm(self, attempt: Attempt, evidence: str) -> None:
        sealed = await self._sealing.evidence(attempt, "confirmation", evidence)
        await self._connection.execute(sql.confirm_resolution, attempt.id, self._actor, sealed, self._now)


def _early(organisation_id: UUID, attempt_id: UUID, field: str, key: str) -> Place:
    return Place(str(organisation_id), "early_return", "text", f"{attempt_id}/{field}/{key}")
