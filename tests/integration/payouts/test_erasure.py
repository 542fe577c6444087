"""A contractor who was erased: bank details and what is told of it are gone, the books stay, money under way still settles."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from chassis.events.consumer import Consumer
from chassis.events.doorbell import Doorbell
from chassis.events.retry import RetryPolicy
from chassis.ids import encode, raw
from chassis.service import create_topics
from integration.payouts.bank_words import camt054, entry, tell
from integration.payouts.stage import IDS, PARTNER, Stage, staged
from integration.payouts.test_freelancer_accounts import _apply, _open
from integration.payouts.test_unknown import AHEAD
from kamai.onboarding.v1 import contractor_pb2, events_pb2, screening_pb2
from kamai.payouts.v1 import bank_pb2, obligation_pb2
from payouts.main import definition
from support.databases import Templates
from support.erasure_register import record_of, tell_erased
from support.tokens import TokenMaker

SAID = "Ana Example has moved away"


async def _erase(stage: Stage, contractor: str) -> None:
    await stage.handle(events_pb2.ContractorErased(contractor_id=contractor))


async def test_nothing_is_paid_any_more(stage: Stage) -> None:
    """Bank details and projection are gone; what is owed stays and says why; later events bring nothing back."""
    contractor = await stage.payee()
    invoice = await stage.owe(contractor, 40_00)
    await _erase(stage, contractor)
    [method] = await stage.sql("SELECT sealed, state FROM payout_method")
    assert (method["sealed"], method["state"]) == (b"", "DISABLED")
    await stage.method(contractor, PARTNER)
    await stage.handle(events_pb2.ContractorStateChanged(contractor_id=contractor, to_state=contractor_pb2.CASE_STATE_APPROVED))
    screened = events_pb2.ContractorScreened(contractor_id=contractor, result=screening_pb2.SCREENING_RESULT_NO_HIT)
    await stage.handle(screened)
    [payee] = await stage.sql("SELECT case_state, receive_payout, reason_code, screening_result, screened_at FROM payee")
    assert tuple(payee.values()) == ("ERASED", "", "", "", None)
    assert len(await stage.sql("SELECT FROM payout_method")) == 1
    codes = [each.code for each in (await stage.why(invoice)).blockers]
    assert codes[:2] == ["CONTRACTOR_STATE", "CAPABILITY_MISSING"]


async def test_lines_without_a_file_are_held(stage: Stage) -> None:
    """Erased between execution and file: the line is held, another one's goes out."""
    contractor = await stage.payee()
    gone, paid = await stage.owe(contractor, 40_00), await stage.owe(await stage.payee(), 30_00)
    await stage.executed()
    await _erase(stage, contractor)
    await stage.tick("runs", "files")
    assert (await stage.state(gone), await stage.state(paid)) == ("CANCELLED", "ACCEPTED")
    assert [payment["amount"] for payment in stage.bank.payments()] == [30_00]


async def test_money_under_way_settles(stage: Stage) -> None:
    """A return with the bank's words after the erasure is booked; the words are not kept. The file stays readable: a record."""
    contractor = await stage.payee()
    invoice = await stage.owe(contractor, 40_00)
    await stage.executed(value_date=AHEAD)
    await stage.tick("runs", "files", "mailbox")
    name = (await stage.latest(invoice)).end_to_end_id
    await _erase(stage, contractor)
    back = entry("40.00", name, "CRDT", "BACK", returned_for="AC04").replace("</Rsn>", f"</Rsn><AddtlInf>{SAID}</AddtlInf>")
    await tell(stage, camt054(back))
    await tell(stage, camt054(entry("40.00", name, "DBIT", "OUT"), message="C2"))
    failure = (await stage.latest(invoice)).failure
    assert (failure.code, failure.text) == (obligation_pb2.FAILURE_CODE_ACCOUNT_CLOSED, "")
    assert await stage.state(invoice) == "RETURNED"
    await stage.check_ledger()
    [file] = await stage.sql("SELECT id FROM bank_message WHERE direction = 'OUT'")
    request = bank_pb2.GetBankMessageRequest(id=encode("bankmsg", file["id"]))
    assert b"Ana Example" in (await stage.banks.GetBankMessage(request, metadata=stage.staff())).content


async def test_words_of_before_are_gone(stage: Stage) -> None:
    """What the bank had said of a payment is read as nothing; its code stays."""
    contractor = await stage.payee()
    invoice = await stage.owe(contractor, 40_00)
    await stage.executed(value_date=AHEAD)
    await stage.tick("runs", "files", "mailbox")
    name = (await stage.latest(invoice)).end_to_end_id
    out, back = entry("40.00", name, "DBIT", "OUT"), entry("40.00", name, "CRDT", "BACK", returned_for="AC04")
    await tell(stage, camt054(out, back.replace("</Rsn>", f"</Rsn><AddtlInf>{SAID}</AddtlInf>")))
    assert (await stage.latest(invoice)).failure.text == SAID
    await _erase(stage, contractor)
    failure = (await stage.latest(invoice)).failure
    assert (failure.code, failure.text) == (obligation_pb2.FAILURE_CODE_ACCOUNT_CLOSED, "")


async def test_a_restored_backup_brings_nobody_back(stage: Stage) -> None:
    """Key, bank details, reasons, replies and kept events from before the erasure die again with the sweep."""
    contractor = await stage.payee(PARTNER, partner_bank="indus")
    account = await _open(stage, await _apply(stage, contractor))
    invoice = await stage.owe(contractor, 40_00)
    await stage.executed(value_date=AHEAD)
    await stage.tick("runs", "files", "mailbox")
    name = (await stage.latest(invoice)).end_to_end_id
    back = entry("40.00", name, "CRDT", "BACK", returned_for="AC04").replace("</Rsn>", f"</Rsn><AddtlInf>{SAID}</AddtlInf>")
    await tell(stage, camt054(entry("40.00", name, "DBIT", "OUT"), back))
    tables = ("data_key", "payout_method", "idempotent_reply")
    for table in tables:
        await stage.sql(f"CREATE TABLE backup_{table} AS TABLE {table}")
    await _erase(stage, contractor)
    assert await stage.sql("SELECT FROM data_key WHERE subject_id = $1", raw(contractor)) == []
    await stage.sql("INSERT INTO data_key SELECT * FROM backup_data_key ON CONFLICT DO NOTHING")
    await stage.sql("UPDATE payout_method m SET sealed = b.sealed, state = b.state FROM backup_payout_method b WHERE b.id = m.id")
    await stage.sql("INSERT INTO idempotent_reply SELECT * FROM backup_idempotent_reply ON CONFLICT DO NOTHING")
    await stage.sql("UPDATE transition SET reason = 'said by somebody' WHERE aggregate_id = $1", raw(account.id))
    await stage.sql(
        "INSERT INTO failed_event (consumer, topic, partition, record_offset, event_id, key, headers, payload, state, error) "
        "SELECT 'payouts.payees', 't', 0, 0, gen_random_uuid(), $1, '[]', 'bank details', state, '' "
        "FROM unnest(ARRAY['DEAD', 'RESOLVED', 'DISCARDED']) AS state", contractor,
    )  # fmt: skip
    assert (await stage.latest(invoice)).failure.text == ""
    await stage.tick("erasure")
    counts = [
        (await stage.sql(statement, *values))[0]["count"]
        for statement, *values in (
            ("SELECT count(*) FROM data_key WHERE subject_id = $1", raw(contractor)),
            ("SELECT count(*) FROM payout_method WHERE sealed <> '' OR state <> 'DISABLED'",),
            ("SELECT count(*) FROM idempotent_reply WHERE $1 = ANY(subjects)", raw(contractor)),
            ("SELECT count(*) FROM transition WHERE reason <> '' AND aggregate_id = $1", raw(account.id)),
            ("SELECT count(*) FROM failed_event WHERE state <> 'DISCARDED' OR payload IS NOT NULL",),
        )
    ]
    assert counts == [0, 0, 0, 0, 0]
    assert (await stage.sql("SELECT data_key_id IS NOT NULL AS known FROM erased_subject"))[0]["known"]


async def test_erasing_somebody_unknown(stage: Stage) -> None:
    """Nobody of that id was ever heard of: it is registered all the same, twice without harm."""
    contractor = IDS.new("contractor")
    await _erase(stage, contractor)
    await _erase(stage, contractor)
    await stage.owe(contractor, 1_00)
    assert [row["case_state"] for row in await stage.sql("SELECT case_state FROM payee")] == ["ERASED"]


PAYEE_TABLES = ("data_key", "payout_method", "payee", "erased_subject")


async def test_a_backup_older_than_the_erasure_brings_nobody_back(
    templates: Templates, tokens: TokenMaker, tmp_path: Path, kafka: str
) -> None:
    """Even the register of the erased is as it was before: by onboarding's, in Kafka, the person is erased again, nobody else."""
    async with staged(templates, tokens, tmp_path, bootstrap=kafka) as stage:
        await create_topics(definition(), stage.served.assembly.platform.settings)
        contractor, other = await stage.payee(PARTNER), await stage.payee(PARTNER)
        for table in PAYEE_TABLES:
            await stage.sql(f"CREATE TABLE backup_{table} AS TABLE {table}")
        await _erase(stage, contractor)
        await stage.sql(f"TRUNCATE {', '.join(PAYEE_TABLES)}")
        for table in PAYEE_TABLES:
            await stage.sql(f"INSERT INTO {table} SELECT * FROM backup_{table}")
        await tell_erased(kafka, contractor)
        await stage.tick("erasure", "erasure-register")
        methods = await stage.sql("SELECT contractor_id, sealed <> '' AS there FROM payout_method")
        assert {row["contractor_id"]: row["there"] for row in methods} == {raw(contractor): False, raw(other): True}
        states = await stage.sql("SELECT contractor_id, case_state FROM payee")
        found = {row["contractor_id"]: row["case_state"] for row in states}
        assert (found[raw(contractor)], found[raw(other)]) == ("ERASED", "APPROVED")
        registered = {row["subject_id"] for row in await stage.sql("SELECT subject_id FROM erased_subject")}
        assert raw(contractor) in registered
        assert raw(other) not in registered


async def test_an_erasure_waits_for_no_event_that_failed(templates: Templates, tokens: TokenMaker, tmp_path: Path) -> None:
    """Behind a parked event of the person and a gap it is done at once; kept events lose their content, and the key goes on."""
    async with staged(templates, tokens, tmp_path) as stage:
        contractor = await stage.payee(PARTNER)
        subscription = next(each for each in stage.parts.subscriptions if each.consumer == "payouts.payees")
        subscription = replace(subscription, retry=RetryPolicy(tries=2, first_s=0.0))
        platform = stage.served.assembly.platform
        doorbell = Doorbell(stage.database.app_url, "payouts")
        consumer = Consumer(platform.database, platform.registry, subscription, {}, doorbell, working=platform.working)
        broken = events_pb2.PayoutMethodDisabled(contractor_id=contractor, payout_method_id="method_broken")
        waits = events_pb2.ContractorStateChanged(contractor_id=contractor, to_state=contractor_pb2.CASE_STATE_CLOSED)
        await consumer._process([record_of(contractor, 1, broken), record_of(contractor, 3, waits)])
        await consumer.retrier.run_once()
        kept = await stage.sql("SELECT state FROM failed_event ORDER BY sequence")
        assert [row["state"] for row in kept] == ["PARKED", "WAITING"]
        await consumer._process([record_of(contractor, 5, events_pb2.ContractorErased(contractor_id=contractor))])
        assert [row["sealed"] for row in await stage.sql("SELECT sealed FROM payout_method")] == [b""]
        kept = await stage.sql("SELECT state, payload FROM failed_event")
        assert [tuple(row.values()) for row in kept] == [("DISCARDED", None)] * 2
        await consumer._process([record_of(contractor, 2, waits), record_of(contractor, 6, waits)])
        assert (await stage.sql("SELECT sequence FROM inbox_position"))[0]["sequence"] == 6
        assert len(await stage.sql("SELECT FROM failed_event")) == 2
