"""Whatever a payout waits for has a name, an owner and a remedy; a day in the past is no answer."""

from datetime import UTC, datetime
from typing import Any

import grpc
import pytest
from integration.payouts.stage import DEBTOR, IDS, Stage, request_id, uuid_of
from integration.payouts.test_unknown import AHEAD
from kamai.payouts.v1 import bank_pb2, obligation_pb2
from kamai.type.v1 import history_pb2
from payouts.domain.rails.submission import Handover, HandoverResult

NOBODYS = "NL14MOCK0000000099"
NOTIFICATION = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"><BkToCstmrDbtCdtNtfctn>
<GrpHdr><MsgId>C1</MsgId><CreDtTm>2026-11-22T10:00:00Z</CreDtTm></GrpHdr>
<Ntfctn><Id>N1</Id><Acct><Id><IBAN>{account}</IBAN></Id><Ccy>EUR</Ccy></Acct>
<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-11-23</Dt></BookgDt>
<AcctSvcrRef>R1</AcctSvcrRef><BkTxCd><Prtry><Cd>X</Cd></Prtry></BkTxCd>
<NtryDtls><TxDtls><Refs><EndToEndId>{end_to_end_id}</EndToEndId></Refs></TxDtls></NtryDtls></Ntry>
</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>"""


async def codes(stage: Stage, invoice: str) -> list[str]:
    return [each.code for each in (await stage.why(invoice)).blockers]


def files_worker(stage: Stage) -> Any:
    return next(each for each in stage.parts.schedules if each.name == "files").run.__self__  # type: ignore[attr-defined]


async def test_what_was_never_planned_names_the_payees_blockers(stage: Stage) -> None:
    """Before any plan the payee's own blockers are told too: finance need not plan to find out."""
    assert await codes(stage, await stage.owe(await stage.payee(), 40_00)) == ["NOT_IN_RUN"]
    stranger = await stage.owe(IDS.new("contractor"), 40_00)
    assert await codes(stage, stranger) == ["PAYEE_UNKNOWN", "PAYOUT_METHOD_MISSING", "NOT_IN_RUN"]


async def test_a_file_that_is_turned_away_is_told(stage: Stage) -> None:
    """As long as the bank does not take the file, its payments say why, and no day."""
    invoice = await stage.owe(await stage.payee(), 75_00)
    await stage.executed()
    await stage.tick("runs")
    worker = files_worker(stage)

    async def turn_away(_file: Any) -> HandoverResult:
        return HandoverResult(Handover.NOT_SENT, "turned away with HTTP 413")

    worker._bank.hand_over = turn_away
    await worker.send_files()
    why = await stage.why(invoice)
    assert [each.code for each in why.blockers] == ["FILE_NOT_TAKEN"]
    assert "HTTP 413" in why.blockers[0].message
    assert why.expected_on == ""


async def test_a_day_in_the_past_is_a_blocker(stage: Stage) -> None:
    """A payment the bank has taken and not booked by its day is overdue, on today's date it is not."""
    stage.bank.behave("ACME", "silent")
    invoice = await stage.owe(await stage.payee(), 75_00)
    await stage.executed()
    await stage.tick("runs", "files")
    assert (await stage.why(invoice)).expected_on >= datetime.now(UTC).date().isoformat()
    await stage.sql("UPDATE attempt SET value_date = '2020-01-02'")
    assert await codes(stage, invoice) == []
    await stage.sql("UPDATE bank_message SET created_at = '2020-01-02'")
    why = await stage.why(invoice)
    assert ([each.code for each in why.blockers], why.expected_on) == (["BOOKING_OVERDUE"], "")
    assert "2020-01-02" in why.blockers[0].message


async def test_an_entry_that_does_not_add_up_is_told(stage: Stage) -> None:
    """A debit of another amount settles nothing, and the payment says so."""
    invoice = await stage.owe(await stage.payee(), 40_00)
    await stage.executed(value_date=AHEAD)
    await stage.tick("runs", "files", "mailbox")
    reference = (await stage.latest(invoice)).end_to_end_id
    content = NOTIFICATION.format(account=DEBTOR, amount="40.50", end_to_end_id=reference).encode()
    request = bank_pb2.ImportBankMessageRequest(request_id=request_id(), bank="counterparty", content=content)
    await stage.banks.ImportBankMessage(request, metadata=stage.tokens.metadata("ops"))
    why = await stage.why(invoice)
    assert ([each.code for each in why.blockers], why.expected_on) == (["AMOUNT_DIFFERS"], "")


async def test_a_stranger_learns_no_id(stage: Stage) -> None:
    """Asked by an invoice, the answer to another organisation repeats that invoice and tells nothing of ours."""
    invoice = await stage.owe(await stage.payee(), 40_00)
    obligation = (await stage.why(invoice)).obligation.id
    stranger = stage.tokens.metadata("mallory", IDS.new("org"))
    for call in (
        stage.payouts.WhyNotPaid(obligation_pb2.WhyNotPaidRequest(invoice_id=invoice), metadata=stranger),
        stage.payouts.ExplainPayout(obligation_pb2.ExplainPayoutRequest(invoice_id=invoice), metadata=stranger),
        stage.payouts.GetObligation(obligation_pb2.GetObligationRequest(invoice_id=invoice), metadata=stranger),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await call
        assert refused.value.code() is grpc.StatusCode.NOT_FOUND
        told = b"".join(each if isinstance(each, bytes) else each.encode() for _, each in refused.value.trailing_metadata() or ())
        assert (invoice.encode() in told, obligation.encode() in told) == (True, False)


async def test_a_worn_out_obligation_stops_nobody_else(stage: Stage) -> None:
    """Thousands of tries have a reference each; the one that has none left is told, and the others are planned."""
    worn, other = await stage.owe(await stage.payee(), 40_00), await stage.owe(await stage.payee(), 50_00)
    await stage.sql("UPDATE obligation SET attempts = 4094 WHERE invoice_id = $1", uuid_of(worn))
    run = await stage.plan()
    references = {each.number: each.end_to_end_id for each in await stage.attempts(run)}
    assert (len(references[4095]), references[4095][-3:]) == (35, "FFF")
    await stage.sql("UPDATE attempt SET state = 'CANCELLED'")
    await stage.sql("UPDATE obligation SET state = 'OPEN'")
    (line,) = await stage.attempts(await stage.plan())
    assert (line.obligation_id, line.number) == ((await stage.why(other)).obligation.id, 2)
    assert await codes(stage, worn) == ["TRIES_USED_UP", "NOT_IN_RUN"]


async def test_a_funding_account_the_bank_does_not_know_is_for_finance(stage: Stage) -> None:
    """The bank refuses to debit (AC02): the payment, its explanation and WhyNotPaid ask finance to mend the funding account. The
    payee keeps the payout method, and is paid from another account with nothing changed."""
    invoice = await stage.owe(await stage.payee(), 40_00)
    known, unknown = stage.funding, await stage.fund(account=NOBODYS)
    await stage.sent()
    await stage.tick("mailbox", "runs")
    failure = (await stage.latest(invoice)).failure
    assert (failure.bank_code, failure.who_acts) == ("AC02", history_pb2.PARTY_FINANCE)
    assert failure.code == obligation_pb2.FAILURE_CODE_FUNDING_ACCOUNT_REFUSED
    request = obligation_pb2.ExplainPayoutRequest(invoice_id=invoice)
    explained = await stage.payouts.ExplainPayout(request, metadata=stage.as_("finance"))
    assert explained.attempts[0].failure == failure
    first, second = (await stage.why(invoice)).blockers
    assert (first.code, first.subject, first.who_acts) == ("FUNDING_ACCOUNT_REFUSED", unknown, history_pb2.PARTY_FINANCE)
    assert "(AC02)" in first.message
    assert second.code == "NOT_IN_RUN"
    stage.funding = known
    await stage.sent()
    await stage.tick("mailbox", "runs")
    assert await stage.owed(invoice) == "PAID"
