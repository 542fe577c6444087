"""What names people is unreadable in the database, opens for those who may read it, and nowhere else."""

from __future__ import annotations

import hashlib

import asyncpg
import grpc
import pytest
from chassis.db.database import PLATFORM
from chassis.ids import raw
from chassis.vault import CannotOpen, Place
from integration.contracts.client_side import Kamai, refused, request_id
from integration.contracts.test_time_contract import contract_by_time, hourly
from kamai.contracts.v1 import contract_pb2, work_pb2
from support.databases import TestDatabase
from support.services import Served

NOTE = "at home with a broken ankle"


async def test_signatures_and_documents_are_sealed(kamai: Kamai, contracts_service: Served) -> None:
    """Names and PDF are in no column; each opens at its own place only, for the subject it is of."""
    contract = await kamai.active(kamai.terms(fixed=kamai.fixed(10_00)))
    key, owner = raw(contract.id), str(raw(contract.organisation_id))
    rows = await kamai.pool.fetch("SELECT party, signer_name FROM contract_signature WHERE contract_id = $1", key)
    pdf = await kamai.pool.fetchval("SELECT pdf FROM contract_document WHERE contract_id = $1", key)
    assert all(b"Sana" not in row["signer_name"] for row in rows)
    assert b"%PDF" not in pdf
    assert [signature.signer_name for signature in contract.signatures] == ["Sana", "Sana"]
    vault, database = contracts_service.assembly.platform.vault, contracts_service.assembly.platform.database
    place = Place(owner, "contract_document", "pdf", f"{key}/1")
    plain = await database.run(lambda connection: vault.open(connection, place, pdf), tenant=PLATFORM)
    assert hashlib.sha256(plain).hexdigest() == contract.document_sha256
    elsewhere = Place(owner, "contract_document", "pdf", f"{key}/2")
    with pytest.raises(CannotOpen):
        await database.run(lambda connection: vault.open(connection, elsewhere, pdf), tenant=PLATFORM)
    kinds = await kamai.pool.fetch(
        "SELECT subject_kind FROM data_key WHERE subject_id = ANY($1) ORDER BY 1",
        [raw(contract.organisation_id), raw(contract.contractor_id)],
    )
    assert [row["subject_kind"] for row in kinds] == ["CONTRACTOR", "ORGANISATION"]


async def test_a_document_put_in_anothers_place_is_not_given(kamai: Kamai, contracts_database: TestDatabase) -> None:
    """Two documents of one contractor exchanged in the table: neither is given as the other's."""
    contractor = await kamai.onboarded()
    made = []
    for _ in range(2):
        organisation = await kamai.organisation()
        order = await kamai.order(organisation, 50_00)
        made.append(await kamai.proposed(organisation, order, contractor, kamai.terms(fixed=kamai.fixed(10_00))))
    first, second = (raw(contract.id) for contract in made)
    admin = await asyncpg.connect(contracts_database.admin_url)  # the service itself never changes one
    statement = "UPDATE contracts.contract_document d SET pdf = o.pdf FROM contracts.contract_document o"
    await admin.execute(f"{statement} WHERE d.contract_id = $1 AND o.contract_id = $2", first, second)
    await admin.close()
    request = contract_pb2.GetContractDocumentRequest(id=made[0].id)
    refusal = await refused(kamai.contracts.GetContractDocument(request, **kamai.contractor))
    assert refusal.code is grpc.StatusCode.INTERNAL


async def test_notes_of_a_timesheet_are_sealed(kamai: Kamai) -> None:
    """What the contractor wrote is given back to both sides, entry by entry, and stands in no column."""
    contract = await contract_by_time(kamai, hourly())
    entries = [
        work_pb2.TimeEntry(date="2026-11-16", units_hundredths=800, note=NOTE),
        work_pb2.TimeEntry(date="2026-11-17", units_hundredths=800),
    ]
    sheet = work_pb2.SubmitTimesheetRequest(
        request_id=request_id(), contract_id=contract.id, week_start="2026-11-16", entries=entries
    )  # fmt: skip
    item = (await kamai.timesheets.SubmitTimesheet(sheet, **kamai.contractor)).work_item
    assert [entry.note for entry in item.timesheet.entries] == [NOTE, ""]
    row = await kamai.pool.fetchrow("SELECT details::text AS details, notes FROM work_item WHERE id = $1", raw(item.id))
    assert row is not None
    assert NOTE not in row["details"]
    assert NOTE.encode() not in row["notes"]
    [seen] = await kamai.items(contract.id)
    assert [entry.note for entry in seen.timesheet.entries] == [NOTE, ""]
    approve = work_pb2.ApproveTimesheetRequest(request_id=request_id(), id=item.id)
    approved = (await kamai.timesheets.ApproveTimesheet(approve, **kamai.as_())).work_item
    assert [entry.note for entry in approved.timesheet.entries] == [NOTE, ""]
