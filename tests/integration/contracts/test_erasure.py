"""A contractor who was erased: what it signed and wrote is gone, what the books need stays, nothing fails for it, and a restored
backup does not bring it back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import asyncpg
import grpc
import pytest
from chassis.clock import ManualClock
from chassis.ids import raw
from chassis.service import Parts, create_topics
from contracts.main import build, definition
from integration.contracts.client_side import Kamai, refused, request_id, usd
from integration.contracts.test_sealed import NOTE
from integration.contracts.test_time_contract import contract_by_time, hourly
from kamai.contracts.v1 import contract_pb2, work_pb2
from kamai.onboarding.v1 import contractor_pb2, events_pb2
from support import handling
from support.databases import TestDatabase
from support.erasure_register import tell_erased
from support.services import Served

Tell = Callable[[Any], Awaitable[None]]


@pytest.fixture
async def parts(contracts_service: Served, clock: ManualClock) -> AsyncIterator[Parts]:
    """The workers' parts of the service."""
    made = await build(replace(contracts_service.assembly.platform, clock=clock))
    yield made
    for closer in made.closers:
        await closer()


@pytest.fixture
def tell(parts: Parts, contracts_service: Served) -> Tell:
    """An event of onboarding, through its handler, in a transaction."""

    async def told(message: Any) -> None:
        await handling.handle(contracts_service.assembly.platform.working, parts.subscriptions, message)

    return told


async def sweep(parts: Parts) -> None:
    await next(schedule for schedule in parts.schedules if schedule.name == "erasure").run()


async def test_erased_contract(kamai: Kamai, tell: Tell) -> None:
    """The document is refused with a reason, the contractor's name is empty, the client's stays; work and money go on."""
    contract = await kamai.active(kamai.terms(fixed=kamai.fixed(10_00, 20_00)))
    item = await kamai.submitted_milestone(contract.id)
    await tell(events_pb2.ContractorErased(contractor_id=contract.contractor_id))
    get = contract_pb2.GetContractDocumentRequest(id=contract.id)
    refusal = await refused(kamai.contracts.GetContractDocument(get, **kamai.as_()))
    assert (refusal.code, refusal.preconditions) == (grpc.StatusCode.FAILED_PRECONDITION, ["CONTRACTOR_ERASED"])
    shown = (await kamai.contracts.GetContract(contract_pb2.GetContractRequest(id=contract.id), **kamai.as_())).contract
    assert {signature.party: signature.signer_name for signature in shown.signatures} == {
        contract_pb2.SIGNING_PARTY_CLIENT: "Sana", contract_pb2.SIGNING_PARTY_CONTRACTOR: "",
    }  # fmt: skip
    steps = await kamai.pool.fetch("SELECT reason FROM transition WHERE aggregate_id = $1", raw(item.id))
    assert all("ready" not in row["reason"] for row in steps)
    assert not await kamai.pool.fetch(
        "SELECT FROM idempotent_reply WHERE $1 = ANY(subjects)", raw(contract.contractor_id)
    )  # fmt: skip
    accepted = await kamai.accept_milestone(item.id)
    assert (await kamai.invoice(accepted.invoice_id)).total == usd(10_00)
    assert (await kamai.end(contract.id)).state == contract_pb2.CONTRACT_STATE_ENDED
    assert (await kamai.budget(contract.purchase_order_id)).committed == usd(0)


async def test_nothing_new_is_kept_of_an_erased_contractor(kamai: Kamai, tell: Tell) -> None:
    """No document, no signature, no notes; late events of onboarding bring no capability back."""
    organisation = await kamai.organisation()
    order = await kamai.order(organisation, 500_00)
    contractor = await kamai.onboarded()
    terms = kamai.terms(fixed=kamai.fixed(10_00))
    waiting = await kamai.sign(await kamai.proposed(organisation, order, contractor, terms))
    await tell(events_pb2.ContractorErased(contractor_id=contractor))
    active = contractor_pb2.CapabilityStatus(
        capability=contractor_pb2.CAPABILITY_SIGN_CONTRACT, state=contractor_pb2.CAPABILITY_STATE_ACTIVE
    )
    await tell(events_pb2.CapabilitiesChanged(contractor_id=contractor, capabilities=[active]))
    sign = contract_pb2.SignContractRequest(
        request_id=request_id(), id=waiting.id, party=contract_pb2.SIGNING_PARTY_CONTRACTOR, signer_name="Sana",
        document_sha256=waiting.document_sha256,
    )  # fmt: skip
    assert (await refused(kamai.contracts.SignContract(sign, **kamai.contractor))).preconditions == ["CAPABILITY_MISSING"]
    draft = contract_pb2.DraftContractRequest(
        request_id=request_id(), organisation_id=organisation, contractor_id=contractor, purchase_order_id=order, terms=terms
    )  # fmt: skip
    made = (await kamai.contracts.DraftContract(draft, **kamai.as_())).contract
    propose = contract_pb2.ProposeContractRequest(request_id=request_id(), id=made.id)
    assert (await refused(kamai.contracts.ProposeContract(propose, **kamai.as_()))).preconditions == ["CONTRACTOR_ERASED"]


async def test_notes_are_gone(kamai: Kamai, tell: Tell) -> None:
    """The timesheet stays, with its hours and its price; what was written in it does not."""
    contract = await contract_by_time(kamai, hourly())
    entry = work_pb2.TimeEntry(date="2026-11-16", units_hundredths=800, note=NOTE)
    sheet = work_pb2.SubmitTimesheetRequest(
        request_id=request_id(), contract_id=contract.id, week_start="2026-11-16", entries=[entry]
    )  # fmt: skip
    item = (await kamai.timesheets.SubmitTimesheet(sheet, **kamai.contractor)).work_item
    await tell(events_pb2.ContractorErased(contractor_id=contract.contractor_id))
    [seen] = await kamai.items(contract.id)
    assert [(each.note, each.units_hundredths) for each in seen.timesheet.entries] == [("", 800)]
    assert seen.amount == item.amount
    give_back = work_pb2.ReturnTimesheetRequest(request_id=request_id(), id=item.id, reason="one day is missing")
    await kamai.timesheets.ReturnTimesheet(give_back, **kamai.as_())
    again = work_pb2.SubmitTimesheetRequest(
        request_id=request_id(), contract_id=contract.id, week_start="2026-11-16", entries=[entry]
    )  # fmt: skip
    failure = await refused(kamai.timesheets.SubmitTimesheet(again, **kamai.contractor))
    assert failure.preconditions == ["CAPABILITY_MISSING"]


async def test_a_restored_backup_brings_nobody_back(kamai: Kamai, tell: Tell, parts: Parts) -> None:
    """Keys, capabilities, reasons and replies from before the erasure: gone at once for readers, and for good with the sweep."""
    contract = await kamai.active(kamai.terms(fixed=kamai.fixed(10_00)))
    item = await kamai.submitted_milestone(contract.id)
    person = raw(contract.contractor_id)
    key = await kamai.pool.fetchrow("SELECT * FROM data_key WHERE subject_id = $1", person)
    replies = await kamai.pool.fetch("SELECT * FROM idempotent_reply WHERE $1 = ANY(subjects)", person)
    assert key
    assert replies
    await tell(events_pb2.ContractorErased(contractor_id=contract.contractor_id))
    await kamai.pool.execute("INSERT INTO data_key VALUES ($1, $2, $3, $4, $5, $6)", *key)
    await kamai.pool.executemany("INSERT INTO idempotent_reply VALUES ($1, $2, $3, $4, $5, $6)", replies)
    await kamai.pool.execute("INSERT INTO contractor_capability VALUES ($1, 'SIGN_CONTRACT', 'ACTIVE', '')", person)
    steps = [raw(contract.id), raw(item.id)]
    await kamai.pool.execute("UPDATE transition SET reason = 'said by somebody' WHERE aggregate_id = ANY($1)", steps)
    get = contract_pb2.GetContractDocumentRequest(id=contract.id)
    assert (await refused(kamai.contracts.GetContractDocument(get, **kamai.as_()))).preconditions == ["CONTRACTOR_ERASED"]
    await sweep(parts)
    assert not await kamai.pool.fetch("SELECT FROM data_key WHERE subject_id = $1", person)
    assert not await kamai.pool.fetch("SELECT FROM contractor_capability WHERE contractor_id = $1", person)
    assert not await kamai.pool.fetch("SELECT FROM idempotent_reply WHERE $1 = ANY(subjects)", person)
    said = await kamai.pool.fetch("SELECT reason FROM transition WHERE aggregate_id = ANY($1)", steps)
    assert {row["reason"] for row in said} == {""}
    await tell(events_pb2.ContractorErased(contractor_id=contract.contractor_id))


@pytest.mark.parametrize("serving", [False, True])
async def test_a_backup_older_than_the_erasure_brings_nobody_back(
    kamai: Kamai,
    tell: Tell,
    contracts_service: Served,
    clock: ManualClock,
    kafka: str,
    contracts_database: TestDatabase,
    serving: bool,
) -> None:
    """Even the register of the erased is as it was before: onboarding's, in Kafka, has the person erased again, by the workers,
    and by a server before it takes a call."""
    contract = await kamai.active(kamai.terms(fixed=kamai.fixed(10_00)))
    person = raw(contract.contractor_id)
    key = await kamai.pool.fetchrow("SELECT * FROM data_key WHERE subject_id = $1", person)
    assert key
    await tell(events_pb2.ContractorErased(contractor_id=contract.contractor_id))
    owner = await asyncpg.connect(contracts_database.owner_url)
    await owner.execute("DELETE FROM erased_subject WHERE subject_id = $1", person)
    await owner.close()
    await kamai.pool.execute("INSERT INTO data_key VALUES ($1, $2, $3, $4, $5, $6)", *key)
    await kamai.pool.execute("INSERT INTO contractor_capability VALUES ($1, 'SIGN_CONTRACT', 'ACTIVE', '')", person)
    platform = contracts_service.assembly.platform
    settings = platform.settings.model_copy(update={"kafka_bootstrap": kafka})
    await create_topics(definition(), settings)
    await tell_erased(kafka, contract.contractor_id)
    parts = await build(replace(platform, clock=clock, settings=settings))
    if serving:
        for each in parts.before_serving:
            await each()
    else:
        await next(schedule for schedule in parts.schedules if schedule.name == "erasure-register").run()
    for closer in parts.closers:
        await closer()
    get = contract_pb2.GetContractDocumentRequest(id=contract.id)
    assert (await refused(kamai.contracts.GetContractDocument(get, **kamai.as_()))).preconditions == ["CONTRACTOR_ERASED"]
    assert not await kamai.pool.fetch("SELECT FROM data_key WHERE subject_id = $1", person)
    assert not await kamai.pool.fetch("SELECT FROM contractor_capability WHERE contractor_id = $1", person)
