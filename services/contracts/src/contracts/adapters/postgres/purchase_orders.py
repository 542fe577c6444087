"""Purchase orders with their lines and commitments in Postgres."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from chassis import ids
from chassis.audit import trail
from chassis.money import Money

from contracts.adapters.postgres.transaction import Transaction, sql
from contracts.app.ports import KeptAmendment, Query
from contracts.domain.events import Events
from contracts.domain.purchase_order import Amendment, Commitment, OrderLine, PurchaseOrder, PurchaseOrderState


class PostgresPurchaseOrders:
    def __init__(self, transaction: Transaction) -> None:
        self._t = transaction

    async def get(self, order_id: str) -> PurchaseOrder:
        return (await self._whole([await self._t.one(sql.get_purchase_order, "purchase order", order_id, "po")]))[0]

    async def many(self, order_ids: Collection[str]) -> Mapping[str, PurchaseOrder]:
        rows = await self._t.connection.fetch(sql.purchase_orders_by_id, [ids.raw(each) for each in order_ids])
        return {order.id: order for order in await self._whole(rows)}

    async def lock(self, order_id: str) -> PurchaseOrder:
        async with self._t.consequence():
            [found] = await self._whole([await self._t.one(sql.lock_purchase_order, "purchase order", order_id, "po")])
        trail.seen(found.id, found)
        return found

    async def page(self, query: Query) -> Sequence[PurchaseOrder]:
        owner = self._t.tenant_or(query.organisation_id)
        return await self._whole(await self._t.connection.fetch(sql.list_purchase_orders, owner, query.after, query.limit))

    async def add(self, order: PurchaseOrder, events: Events) -> None:
        key, owner = ids.raw(order.id), ids.raw(order.organisation_id)
        await self._t.connection.execute(
            sql.add_purchase_order, key, owner, order.number, order.state, order.currency, order.ceiling.amount_minor,
            order.tolerance_bps, order.version, order.created_at,
        )  # fmt: skip
        await self._t.connection.execute(
            sql.add_purchase_order_lines, key, owner, [line.line_number for line in order.lines],
            [line.description for line in order.lines], [line.cost_centre for line in order.lines],
            [line.ceiling.amount_minor for line in order.lines],
        )  # fmt: skip
        trail.kept(order.id, order)
        await self._t.publish(order.id, order.version, events)

    async def save(self, order: PurchaseOrder, events: Events, reason: str = "") -> None:
        async with self._t.consequence():
            await self._t.update(
                sql.save_purchase_order, ids.raw(order.id), order.version - len(events), order.state,
                order.committed.amount_minor, order.invoiced.amount_minor, order.version, order.ceiling.amount_minor,
            )  # fmt: skip
        trail.kept(order.id, order)
        await self._t.publish(order.id, order.version, events, reason)

    async def add_amendments(self, order: PurchaseOrder, amendments: Sequence[Amendment], reason: str) -> None:
        await self._t.connection.execute(
            sql.amend_lines, ids.raw(order.id), ids.raw(order.organisation_id), [each.line_number for each in amendments],
            [each.from_ceiling.amount_minor for each in amendments], [each.to_ceiling.amount_minor for each in amendments],
            order.version, self._t.actor, reason, self._t.now,
        )  # fmt: skip

    async def amendments_after(self, order_id: str, number: int, limit: int) -> Sequence[KeptAmendment]:
        rows = await self._t.connection.fetch(sql.amendments_of_purchase_order, ids.raw(order_id), number, limit)
        return [_amendment(row) for row in rows]

    async def commitment(self, contract_id: str) -> Commitment | None:
        row = await self._t.connection.fetchrow(sql.get_commitment, ids.raw(contract_id))
        if row is None:
            return None
        reserved, remaining, invoiced = (
            Money(row[column], row["currency"]) for column in ("reserved_minor", "remaining_minor", "invoiced_minor")
        )
        order, owner = ids.encode("po", row["purchase_order_id"]), ids.encode("org", row["organisation_id"])
        return Commitment(contract_id, order, owner, reserved, remaining, invoiced)

    async def keep_commitment(self, commitment: Commitment) -> None:
        c = commitment
        async with self._t.consequence():
            await self._t.connection.execute(
                sql.keep_commitment, ids.raw(c.contract_id), ids.raw(c.purchase_order_id), ids.raw(c.organisation_id),
                c.reserved.amount_minor, c.remaining.amount_minor, c.invoiced.amount_minor,
            )  # fmt: skip

    async def _whole(self, rows: Sequence[Any]) -> list[PurchaseOrder]:
        lines: dict[Any, list[Any]] = {row["id"]: [] for row in rows}
        for line in await self._t.connection.fetch(sql.lines_of_purchase_orders, list(lines)):
            lines[line["purchase_order_id"]].append(line)
        return [_order(row, lines[row["id"]]) for row in rows]


def _order(row: Any, lines: Sequence[Any]) -> PurchaseOrder:
    currency = row["currency"]
    return PurchaseOrder(
        ids.encode("po", row["id"]), ids.encode("org", row["organisation_id"]), row["number"], PurchaseOrderState(row["state"]),
        tuple(
            OrderLine(line["line_number"], line["description"], line["cost_centre"], Money(line["ceiling_minor"], currency))
            for line in lines
        ),
        Money(row["ceiling_minor"], currency), row["tolerance_bps"], Money(row["committed_minor"], currency),
        Money(row["invoiced_minor"], currency), row["version"], row["created_at"],
    )  # fmt: skip


def _amendment(row: Any) -> KeptAmendment:
    before, after = (Money(row[column], row["currency"]) for column in ("from_minor", "to_minor"))
    made = Amendment(row["line_number"], before, after)
    return KeptAmendment(row["id"], row["version"], made, row["actor"], row["reason"], row["occurred_at"])
