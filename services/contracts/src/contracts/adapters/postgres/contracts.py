"""Contracts with their signatures and documents in Postgres."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chassis import ids
from chassis.errors import PreconditionFailed

from contracts.adapters.postgres import terms_codec
from contracts.adapters.postgres.transaction import Transaction, sql
from contracts.app.ports import Document, Query
from contracts.domain.contract import Contract, ContractState, Party, Signature
from contracts.domain.events import Events


class PostgresContracts:
    def __init__(self, transaction: Transaction) -> None:
        self._t = transaction

    async def get(self, contract_id: str) -> Contract:
        return (await self._whole([await self._t.one(sql.get_contract, "contract", contract_id, "contract")]))[0]

    async def lock(self, contract_id: str) -> Contract:
        return (await self._whole([await self._t.one(sql.lock_contract, "contract", contract_id, "contract")]))[0]

    async def page(self, query: Query) -> Sequence[Contract]:
        owner = self._t.tenant_or(query.organisation_id)
        contractor = ids.raw(query.contractor_id) if query.contractor_id else None
        rows = await self._t.connection.fetch(sql.list_contracts, owner, contractor, list(query.states), query.after, query.limit)
        return await self._whole(rows)

    async def add(self, contract: Contract, events: Events) -> None:
        c = contract
        await self._t.connection.execute(
            sql.add_contract, ids.raw(c.id), ids.raw(c.organisation_id), ids.raw(c.contractor_id), ids.raw(c.purchase_order_id),
            c.state, terms_codec.kind_name(c.terms), terms_codec.to_json(c.terms), c.terms_version, c.total.currency,
            c.total.amount_minor, c.terms.start_date, c.external_id, c.version, c.created_at, c.updated_at,
        )  # fmt: skip
        await self._t.publish(c.id, c.version, events)

    async def save(self, contract: Contract, events: Events, reason: str = "") -> None:
        c = contract
        await self._t.update(
            sql.save_contract, ids.raw(c.id), c.version - len(events), c.state, c.document_sha256, c.invitation_expires_at,
            c.version, c.updated_at,
        )  # fmt: skip
        if c.signatures:
            await self._t.connection.execute(
                sql.keep_signatures, ids.raw(c.id), ids.raw(c.organisation_id), c.terms_version, [s.party for s in c.signatures],
                [s.signer_name for s in c.signatures], [s.signed_by for s in c.signatures], [s.signed_at for s in c.signatures],
                [s.document_sha256 for s in c.signatures],
            )  # fmt: skip
        await self._t.publish(c.id, c.version, events, reason)

    async def keep_document(self, contract: Contract, document: Document) -> None:
        await self._t.connection.execute(
            sql.keep_contract_document, ids.raw(contract.id), ids.raw(contract.organisation_id), contract.terms_version,
            document.sha256, document.pdf, self._t.now,
        )  # fmt: skip

    async def document(self, contract: Contract) -> Document:
        row = await self._t.connection.fetchrow(sql.get_contract_document, ids.raw(contract.id), contract.terms_version)
        if row is None:
            raise PreconditionFailed.one("NOT_PROPOSED", contract.id, "the document is made when the contract is proposed")
        return Document(row["pdf"], row["sha256"])

    async def _whole(self, rows: Sequence[Any]) -> list[Contract]:
        signatures: dict[Any, list[Any]] = {row["id"]: [] for row in rows}
        for row in await self._t.connection.fetch(sql.signatures_of_contracts, list(signatures)):
            signatures[row["contract_id"]].append(row)
        return [_contract(row, signatures[row["id"]]) for row in rows]


def _contract(row: Any, signatures: Sequence[Any]) -> Contract:
    return Contract(
        ids.encode("contract", row["id"]), ids.encode("org", row["organisation_id"]),
        ids.encode("contractor", row["contractor_id"]), ids.encode("po", row["purchase_order_id"]), ContractState(row["state"]),
        terms_codec.from_json(row["kind"], row["terms"]), row["terms_version"],
        tuple(
            Signature(Party(s["party"]), s["signer_name"], s["signed_by"], s["signed_at"], s["document_sha256"])
            for s in signatures
        ),
        row["document_sha256"], row["invitation_expires_at"], row["external_id"], row["version"], row["created_at"],
        row["updated_at"],
    )  # fmt: skip
