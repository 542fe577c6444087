"""Contracts with their signatures and documents in Postgres. Names of signers and documents are sealed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chassis import ids
from chassis.audit import trail
from chassis.errors import PreconditionFailed
from chassis.vault import CannotOpen, Place, Subject, ToSeal

from contracts.adapters.postgres import terms_codec
from contracts.adapters.postgres.transaction import Transaction, sql
from contracts.app.ports import Document, Query
from contracts.domain.contract import Contract, ContractState, Party, Signature
from contracts.domain.events import Events


class PostgresContracts:
    def __init__(self, transaction: Transaction) -> None:
        self._t = transaction
        self._signed: dict[str, set[Party]] = {}

    async def get(self, contract_id: str) -> Contract:
        return (await self._whole([await self._t.one(sql.get_contract, "contract", contract_id, "contract")]))[0]

    async def lock(self, contract_id: str) -> Contract:
        [found] = await self._whole([await self._t.one(sql.lock_contract, "contract", contract_id, "contract")])
        trail.seen(found.id, found)
        return found

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
        trail.kept(c.id, c)
        await self._t.publish(c.id, c.version, events)

    async def save(self, contract: Contract, events: Events, reason: str = "") -> None:
        c = contract
        await self._t.update(
            sql.save_contract, ids.raw(c.id), c.version - len(events), c.state, c.document_sha256, c.invitation_expires_at,
            c.version, c.updated_at,
        )  # fmt: skip
        if new := [s for s in c.signatures if s.party not in self._signed.get(c.id, ())]:
            await self._keep_signatures(c, new)
        trail.kept(c.id, c)
        await self._t.publish(c.id, c.version, events, reason)

    async def _keep_signatures(self, c: Contract, signatures: Sequence[Signature]) -> None:
        key, owner = ids.raw(c.id), ids.raw(c.organisation_id)
        subjects = {
            Party.CLIENT: Subject("ORGANISATION", owner), Party.CONTRACTOR: Subject("CONTRACTOR", ids.raw(c.contractor_id)),
        }  # fmt: skip
        names = await self._t.seal(
            [
                ToSeal(subjects[s.party], _signature_place(owner, key, c.terms_version, s.party), s.signer_name.encode())
                for s in signatures
            ]
        )
        await self._t.connection.execute(
            sql.keep_signatures, key, owner, c.terms_version, [s.party for s in signatures], names,
            [s.signed_by for s in signatures], [s.signed_at for s in signatures], [s.document_sha256 for s in signatures],
        )  # fmt: skip

    async def keep_document(self, contract: Contract, document: Document) -> None:
        key, owner = ids.raw(contract.id), ids.raw(contract.organisation_id)
        place = _document_place(owner, key, contract.terms_version)
        subject = Subject("CONTRACTOR", ids.raw(contract.contractor_id))
        [sealed] = await self._t.seal([ToSeal(subject, place, document.pdf)])
        await self._t.connection.execute(
            sql.keep_contract_document, key, owner, contract.terms_version, document.sha256, sealed, self._t.now
        )

    async def document(self, contract: Contract) -> Document:
        key, owner = ids.raw(contract.id), ids.raw(contract.organisation_id)
        row = await self._t.connection.fetchrow(sql.get_contract_document, key, contract.terms_version)
        if row is None:
            raise PreconditionFailed.one("NOT_PROPOSED", contract.id, "the document is made when the contract is proposed")
        place = _document_place(owner, key, contract.terms_version)
        [pdf] = await self._t.open([(place, row["pdf"])])
        if pdf is None:
            raise PreconditionFailed.one("CONTRACTOR_ERASED", contract.contractor_id, "the document was erased with the person")
        if hashlib.sha256(pdf).hexdigest() != row["sha256"]:
            raise CannotOpen(f"{place}: not the document that was signed")
        return Document(pdf, row["sha256"])

    async def _whole(self, rows: Sequence[Any]) -> list[Contract]:
        signatures: dict[Any, list[Signature]] = {row["id"]: [] for row in rows}
        found = await self._t.connection.fetch(sql.signatures_of_contracts, list(signatures))
        places = [_signature_place(s["organisation_id"], s["contract_id"], s["terms_version"], s["party"]) for s in found]
        names = await self._t.open([(place, s["signer_name"]) for place, s in zip(places, found, strict=True)])
        for s, name in zip(found, names, strict=True):
            said = (name or b"").decode()  # of an erased signer there is none
            signature = Signature(Party(s["party"]), said, s["signed_by"], s["signed_at"], s["document_sha256"])
            signatures[s["contract_id"]].append(signature)
        whole = [_contract(row, signatures[row["id"]]) for row in rows]
        self._signed |= {contract.id: {each.party for each in contract.signatures} for contract in whole}
        return whole


def _signature_place(organisation_id: UUID, contract_id: UUID, terms_version: int, party: str) -> Place:
    return Place(str(organisation_id), "contract_signature", "signer_name", f"{contract_id}/{terms_version}/{party}")


def _document_place(organisation_id: UUID, contract_id: UUID, terms_version: int) -> Place:
    return Place(str(organisation_id), "contract_document", "pdf", f"{contract_id}/{terms_version}")


def _contract(row: Any, signatures: Sequence[Signature]) -> Contract:
    return Contract(
        ids.encode("contract", row["id"]), ids.encode("org", row["organisation_id"]),
        ids.encode("contractor", row["contractor_id"]), ids.encode("po", row["purchase_order_id"]), ContractState(row["state"]),
        terms_codec.from_json(row["kind"], row["terms"]), row["terms_version"],
        tuple(signatures), row["document_sha256"], row["invitation_expires_at"], row["external_id"], row["version"],
        row["created_at"], row["updated_at"],
    )  # fmt: skip
