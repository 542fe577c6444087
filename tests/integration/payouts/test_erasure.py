"""A contractor who was erased: bank details and what is told of it are gone, the books stay, money under way still settles."""

from __future__ import annotations

from chassis.ids import encode, raw
from integration.payouts.bank_words import camt054, entry, tell
from integration.payouts.stage import IDS, PARTNER, Stage
from integration.payouts.test_freelancer_accounts import _apply, _open
from integration.payouts.test_unknown import AHEAD
from kamai.onboarding.v1 import contractor_pb2, events_pb2, screening_pb2
from kamai.payouts.v1 import bank_pb2, obligation_pb2

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
