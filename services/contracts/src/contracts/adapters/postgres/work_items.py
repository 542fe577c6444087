"""Work items in Postgres."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from chassis import ids
from chassis.audit import trail
from chassis.money import Money
from chassis.vault import Place, Subject, ToSeal

from contracts.adapters.postgres import details_codec
from contracts.adapters.postgres.transaction import Transaction, sql
from contracts.app.ports import Query
from contracts.domain.contract import Contract
from contracts.domain.events import Events
from contracts.domain.work import MilestoneDetails, TimesheetDetails, WorkItem, WorkKind, WorkState


class PostgresWorkItems:
    def __init__(self, transaction: Transaction) -> None:
        self._t = transaction

    async def get(self, work_id: str) -> WorkItem:
        return (await self._whole([await self._t.one(sql.get_work_item, "work item", work_id, "work")]))[0]

    async def lock(self, work_id: str) -> WorkItem:
        return (await self._seen([await self._t.one(sql.lock_work_item, "work item", work_id, "work")]))[0]

    async def lock_week(self, contract_id: str, week_start: date) -> WorkItem | None:
        row = await self._t.connection.fetchrow(sql.lock_week, ids.raw(contract_id), week_start)
        return (await self._seen([row]))[0] if row else None

    async def lock_of_contract(self, contract_id: str) -> Sequence[WorkItem]:
        return await self._seen(await self._t.connection.fetch(sql.lock_work_of_contract, ids.raw(contract_id)))

    async def lock_of_invoice(self, invoice_id: str) -> Sequence[WorkItem]:
        return await self._seen(await self._t.connection.fetch(sql.lock_work_of_invoice, ids.raw(invoice_id)))

    async def page(self, query: Query) -> Sequence[WorkItem]:
        owner = self._t.tenant_or(query.organisation_id)
        contractor = ids.raw(query.contractor_id) if query.contractor_id else None
        contract = ids.raw(query.contract_id) if query.contract_id else None
        rows = await self._t.connection.fetch(
            sql.list_work_items, owner, contractor, contract, list(query.states), query.after, query.limit
        )
        return await self._whole(rows)

    async def add(self, item: WorkItem, events: Events) -> None:
        week = item.details.week_start if isinstance(item.details, TimesheetDetails) else None
        place = item.details.number if isinstance(item.details, MilestoneDetails) else None
        await self._t.connection.execute(
            sql.add_work_item, ids.raw(item.id), ids.raw(item.contract_id), item.terms_version, ids.raw(item.organisation_id),
            ids.raw(item.contractor_id), item.kind, item.state, item.amount.currency, item.amount.amount_minor,
            details_codec.lines_to_json(item), details_codec.details_to_json(item), await self._sealed(item), week, place,
            item.auto_accept_at,
            item.version, item.created_at, item.updated_at,
        )  # fmt: skip
        trail.kept(item.id, item)
        await self._t.publish(item.id, item.version, events)

    async def save(self, item: WorkItem, events: Events, reason: str = "") -> None:
        await self._t.update(
            sql.save_work_item, ids.raw(item.id), item.version - len(events), item.state, item.amount.amount_minor,
            details_codec.lines_to_json(item), details_codec.details_to_json(item), await self._sealed(item),
            ids.raw(item.invoice_id) if item.invoice_id else None, item.auto_accept_at, item.version, item.updated_at,
        )  # fmt: skip
        trail.kept(item.id, item)
        await self._t.publish(item.id, item.version, events, reason)

    async def claimed(self, contract: Contract) -> Money:
        minor: int = await self._t.connection.fetchval(sql.claimed_by_work, ids.raw(contract.id))
        return Money(minor, contract.total.currency)

    async def unsettled(self, contract: Contract) -> Money:
        minor: int = await self._t.connection.fetchval(sql.unsettled_work, ids.raw(contract.id))
        return Money(minor, contract.total.currency)

    async def _sealed(self, item: WorkItem) -> bytes | None:
        notes = details_codec.notes_to_json(item)
        if notes is None:
            return None
        owner, place = Subject("CONTRACTOR", ids.raw(item.contractor_id)), _notes(ids.raw(item.organisation_id), ids.raw(item.id))
        return (await self._t.seal([ToSeal(owner, place, notes)]))[0]

    async def _seen(self, rows: Sequence[Any]) -> list[WorkItem]:
        """As they were before a change."""
        found = await self._whole(rows)
        for item in found:
            trail.seen(item.id, item)
        return found

    async def _whole(self, rows: Sequence[Any]) -> list[WorkItem]:
        sealed = [row for row in rows if row["notes"] is not None]
        opened = await self._t.open([(_notes(row["organisation_id"], row["id"]), row["notes"]) for row in sealed])
        notes = {row["id"]: plain for row, plain in zip(sealed, opened, strict=True)}
        return [_item(row, notes.get(row["id"])) for row in rows]


def _notes(organisation_id: UUID, work_id: UUID) -> Place:
    return Place(str(organisation_id), "work_item", "notes", str(work_id))


def _item(row: Any, notes: bytes | None) -> WorkItem:
    kind = WorkKind(row["kind"])
    return WorkItem(
        ids.encode("work", row["id"]), ids.encode("contract", row["contract_id"]), row["terms_version"],
        ids.encode("org", row["organisation_id"]), ids.encode("contractor", row["contractor_id"]), kind, WorkState(row["state"]),
        details_codec.price(row["amount_minor"], row["currency"], row["price_lines"]),
        details_codec.details(kind, row["details"], notes), ids.encode("invoice", row["invoice_id"]) if row["invoice_id"] else "",
        row["auto_accept_at"], row["version"], row["created_at"], row["updated_at"],
    )  # fmt: skip
