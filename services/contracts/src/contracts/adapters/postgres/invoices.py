"""Invoices with their lines and numbers in Postgres."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from chassis import ids
from chassis.audit import trail
from chassis.money import Money

from contracts.adapters.postgres.transaction import Transaction, sql
from contracts.app.ports import Query
from contracts.domain.events import Events
from contracts.domain.invoice import Hold, Invoice, InvoiceLine, InvoiceState


class PostgresInvoices:
    def __init__(self, transaction: Transaction) -> None:
        self._t = transaction

    async def get(self, invoice_id: str) -> Invoice:
        return (await self._whole([await self._t.one(sql.get_invoice, "invoice", invoice_id, "invoice")]))[0]

    async def lock(self, invoice_id: str) -> Invoice:
        [found] = await self._whole([await self._t.one(sql.lock_invoice, "invoice", invoice_id, "invoice")])
        trail.seen(found.id, found)
        return found

    async def page(self, query: Query) -> Sequence[Invoice]:
        owner = self._t.tenant_or(query.organisation_id)
        contractor = ids.raw(query.contractor_id) if query.contractor_id else None
        contract = ids.raw(query.contract_id) if query.contract_id else None
        rows = await self._t.connection.fetch(
            sql.list_invoices, owner, contractor, contract, list(query.states), query.after, query.limit
        )
        return await self._whole(rows)

    async def add(self, invoice: Invoice, events: Events, reason: str = "") -> None:
        i = invoice
        key, owner = ids.raw(i.id), ids.raw(i.organisation_id)
        await self._t.connection.execute(
            sql.add_invoice, key, owner, ids.raw(i.contractor_id), ids.raw(i.contract_id), i.terms_version,
            ids.raw(i.purchase_order_id), i.number, i.state, i.total.currency, i.total.amount_minor, i.paid.amount_minor,
            i.issue_date, i.due_date, msgspec.to_builtins(i.holds), i.accepted_by, i.version, i.created_at, i.updated_at,
        )  # fmt: skip
        await self._t.connection.execute(
            sql.add_invoice_lines, key, owner, [ids.raw(line.work_item_id) for line in i.lines],
            [line.description for line in i.lines], [line.amount.amount_minor for line in i.lines],
        )  # fmt: skip
        trail.kept(i.id, i)
        await self._t.publish(i.id, i.version, events, reason)

    async def save(self, invoice: Invoice, events: Events, reason: str = "") -> None:
        i = invoice
        await self._t.update(
            sql.save_invoice, ids.raw(i.id), i.version - len(events), i.state, i.paid.amount_minor, msgspec.to_builtins(i.holds),
            i.version, i.updated_at,
        )  # fmt: skip
        if i.state is InvoiceState.VOID:
            await self._t.connection.execute(sql.retire_invoice_lines, ids.raw(i.id))
        trail.kept(i.id, i)
        await self._t.publish(i.id, i.version, events, reason)

    async def next_number(self, contractor_id: str, year: int) -> int:
        number: int = await self._t.connection.fetchval(sql.next_invoice_number, ids.raw(contractor_id), year)
        return number

    async def _whole(self, rows: Sequence[Any]) -> list[Invoice]:
        lines: dict[Any, list[Any]] = {row["id"]: [] for row in rows}
        for line in await self._t.connection.fetch(sql.lines_of_invoices, list(lines)):
            lines[line["invoice_id"]].append(line)
        return [_invoice(row, lines[row["id"]]) for row in rows]


def _invoice(row: Any, lines: Sequence[Any]) -> Invoice:
    currency = row["currency"]
    return Invoice(
        ids.encode("invoice", row["id"]), ids.encode("org", row["organisation_id"]),
        ids.encode("contractor", row["contractor_id"]), ids.encode("contract", row["contract_id"]), row["terms_version"],
        ids.encode("po", row["purchase_order_id"]), row["number"], InvoiceState(row["state"]),
        tuple(
            InvoiceLine(ids.encode("work", line["work_item_id"]), line["description"], Money(line["amount_minor"], currency))
            for line in lines
        ),
        Money(row["total_minor"], currency), Money(row["paid_minor"], currency), row["issue_date"], row["due_date"],
        msgspec.convert(row["holds"], tuple[Hold, ...]), row["accepted_by"], row["version"], row["created_at"], row["updated_at"],
    )  # fmt: skip
