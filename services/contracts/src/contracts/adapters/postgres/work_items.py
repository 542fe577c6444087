"""Work items in Postgres."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from chassis import ids
from chassis.money import Money

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
        return _item(await self._t.one(sql.get_work_item, "work item", work_id, "work"))

    async def lock(self, work_id: str) -> WorkItem:
        return _item(await self._t.one(sql.lock_work_item, "work item", work_id, "work"))

    async def lock_week(self, contract_id: str, week_start: date) -> WorkItem | None:
        row = await self._t.connection.fetchrow(sql.lock_week, ids.raw(contract_id), week_start)
        return _item(row) if row else None

    async def lock_of_contract(self, contract_id: str) -> Sequence[WorkItem]:
        return [_item(row) for row in await self._t.connection.fetch(sql.lock_work_of_contract, ids.raw(contract_id))]

    async def lock_of_invoice(self, invoice_id: str) -> Sequence[WorkItem]:
        return [_item(row) for row in await self._t.connection.fetch(sql.lock_work_of_invoice, ids.raw(invoice_id))]

    async def page(self, query: Query) -> Sequence[WorkItem]:
        owner = self._t.tenant_or(query.organisation_id)
        contractor = ids.raw(query.contractor_id) if query.contractor_id else None
        contract = ids.raw(query.contract_id) if query.contract_id else None
        rows = await self._t.connection.fetch(
            sql.list_work_items, owner, contractor, contract, list(query.states), query.after, query.limit
        )
        return [_item(row) for row in rows]

    async def add(self, item: WorkItem, events: Events) -> None:
        week = item.details.week_start if isinstance(item.details, TimesheetDetails) else None
        place = item.details.number if isinstance(item.details, MilestoneDetails) else None
        await self._t.connection.execute(
            sql.add_work_item, ids.raw(item.id), ids.raw(item.contract_id), item.terms_version, ids.raw(item.organisation_id),
            ids.raw(item.contractor_id), item.kind, item.state, item.amount.currency, item.amount.amount_minor,
            details_codec.lines_to_json(item), details_codec.details_to_json(item), week, place, item.auto_accept_at,
            item.version, item.created_at, item.updated_at,
        )  # fmt: skip
        await self._t.publish(item.id, item.version, events)

    async def save(self, item: WorkItem, events: Events, reason: str = "") -> None:
        await self._t.update(
            sql.save_work_item, ids.raw(item.id), item.version - len(events), item.state, item.amount.amount_minor,
            details_codec.lines_to_json(item), details_codec.details_to_json(item),
            ids.raw(item.invoice_id) if item.invoice_id else None, item.auto_accept_at, item.version, item.updated_at,
        )  # fmt: skip
        await self._t.publish(item.id, item.version, events, reason)

    async def claimed(self, contract: Contract) -> Money:
        minor: int = await self._t.connection.fetchval(sql.claimed_by_work, ids.raw(contract.id))
        return Money(minor, contract.total.currency)

    async def unsettled(self, contract: Contract) -> Money:
        minor: int = await self._t.connection.fetchval(sql.unsettled_work, ids.raw(contract.id))
        return Money(minor, contract.total.currency)


def _item(row: Any) -> WorkItem:
    kind = WorkKind(row["kind"])
    return WorkItem(
        ids.encode("work", row["id"]), ids.encode("contract", row["contract_id"]), row["terms_version"],
        ids.encode("org", row["organisation_id"]), ids.encode("contractor", row["contractor_id"]), kind, WorkState(row["state"]),
        details_codec.price(row["amount_minor"], row["currency"], row["price_lines"]),
        details_codec.details(kind, row["details"]), ids.encode("invoice", row["invoice_id"]) if row["invoice_id"] else "",
        row["auto_accept_at"], row["version"], row["created_at"], row["updated_at"],
    )  # fmt: skip
