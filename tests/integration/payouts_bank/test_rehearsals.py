"""Whole exchanges with a counterparty bank: what it says is understood, to the cent."""

import pytest
from integration.payouts_bank.bank import Bank, collected, entries_of, file_of, hand_in, transfers_of
from payouts.adapters.bank_http import BankHttpClient
from payouts.adapters.iso20022 import decode, render_payment_file
from payouts.domain.bank_connection import DuplicateSubmission, HeldState, SubmissionRejected
from payouts.domain.bank_messages import (
    AccountId,
    AccountReport,
    AgentId,
    EntryKind,
    Outcome,
    ReportKind,
    ReturnReport,
    StatusReport,
)
from payouts.domain.failure_codes import FailureCode, classify
from unit.payouts_iso20022.oracle import assert_valid

CLOSED_AT_THE_BANK = AccountId("NL84MOCK0000000003")
DOLLARS = "NL07MOCK0000001001"
EUROS = "NL50MOCK0000001003"


async def test_a_closed_creditor_account_is_ac04(bank: Bank, client: BankHttpClient) -> None:
    """One of two payments is refused AC04; the other settles; the books say the same."""
    transfers = transfers_of("GOOD") + transfers_of("BAD", creditor_account=CLOSED_AT_THE_BANK)
    receipt = await hand_in(client, file_of("F-1", transfers))
    assert receipt.group_status == "PART"
    messages = await collected(client)
    (report,) = [m for m in messages if isinstance(m, StatusReport)]
    assert report.original_message_id == "F-1"
    assert report.verdict_for("GOOD").outcome is Outcome.ACCEPTED
    verdict = report.verdict_for("BAD")
    assert classify(verdict.reason_code, verdict.text).code is FailureCode.ACCOUNT_CLOSED
    assert [e.end_to_end_id for e in entries_of(messages, "NL41MOCK0000000001")] == ["GOOD"]
    assert (await client.inquire("GOOD")).state is HeldState.SETTLED
    assert (await client.inquire("BAD")).state is HeldState.REJECTED


async def test_a_payment_comes_back_days_later(bank: Bank, client: BankHttpClient) -> None:
    """After two business days one payment returns: a pacs.004 and a credit, once."""
    bank.open_account("DOLLARS", DOLLARS, "USD")
    bank.behave("DOLLARS", "return-later", days=2, reason="AC06", end_to_end_id="BACK")
    await hand_in(client, file_of("F-1", transfers_of("STAYS", "BACK", currency="USD"), DOLLARS))
    await collected(client)
    bank.advance(days=2)
    messages = await collected(client)
    (returns,) = [m for m in messages if isinstance(m, ReturnReport)]
    (back,) = returns.returns
    assert (back.end_to_end_id, back.amount_minor, back.currency, back.reason_code) == ("BACK", 125_050, "USD", "AC06")
    back_again = [e for e in entries_of(messages, DOLLARS) if e.kind is EntryKind.CREDIT]
    assert {(e.end_to_end_id, e.is_return, e.return_reason_code) for e in back_again} == {("BACK", True, "AC06")}
    assert (await client.inquire("BACK")).state is HeldState.RETURNED


async def test_a_silent_bank_still_books(bank: Bank, client: BankHttpClient) -> None:
    """No status report comes, but the debit is notified on its day, and an inquiry knows before."""
    bank.open_account("EUROS", EUROS, "EUR")
    bank.behave("EUROS", "silent")
    tomorrow = file_of("F-1", transfers_of("QUIET"), EUROS).requested_execution_date.replace(day=17)
    await hand_in(client, file_of("F-1", transfers_of("QUIET"), EUROS, tomorrow))
    assert await collected(client) == []
    assert (await client.inquire("QUIET")).state is HeldState.ACCEPTED
    bank.advance(days=1)
    assert {e.end_to_end_id for e in entries_of(await collected(client), EUROS)} == {"QUIET"}
    assert (await client.inquire("QUIET")).state is HeldState.SETTLED


async def test_a_short_credit_carries_our_reference(bank: Bank, client: BankHttpClient) -> None:
    """The beneficiary's bank credits less than was sent, under our end-to-end id."""
    beneficiary = AccountId("NL14MOCK0000000002")
    await hand_in(client, file_of("F-1", transfers_of("SHORT", creditor_account=beneficiary)))
    await collected(client)
    credit = {"account": "GLOBEX", "amount": 123_550, "end_to_end_id": "SHORT", "note": "less 15.00 charges"}
    bank.call("POST", "/_mock/credits", credit)
    (entry,) = entries_of(await collected(client), beneficiary.number)
    assert (entry.end_to_end_id, entry.kind, entry.amount_minor) == ("SHORT", EntryKind.CREDIT, 123_550)
    assert not entry.is_return


async def test_creditors_without_iban_are_paid(bank: Bank, client: BankHttpClient) -> None:
    """Pakistan by IBAN, other countries by account number and clearing member, as the bank keeps them."""
    bank.open_account("DOLLARS", DOLLARS, "USD")
    creditors = {
        "PK": (AccountId("PK56MEZN0001234567890123"), AgentId(bic="MEZNPKKA")),
        "PH": (AccountId("001234567890", "BBAN"), AgentId(bic="BOPIPHMM")),
        "NG": (AccountId("0123456789", "NUBAN"), AgentId(clearing_system="NIBSS", member_id="058152036")),
        "KE": (AccountId("1234567890123", ""), AgentId(bic="KCBLKENX")),
        "IN": (AccountId("50100012345678", "BBAN"), AgentId(clearing_system="INFSC", member_id="HDFC0000001")),
    }
    transfers = [
        transfer
        for country, (account, agent) in creditors.items()
        for transfer in transfers_of(
            country, currency="USD", creditor_account=account, creditor_agent=agent, creditor_country=country
        )
    ]
    assert (await hand_in(client, file_of("F-1", transfers, DOLLARS))).group_status == "ACCP"
    held = {payment.end_to_end_id: payment for payment in await client.held_payments()}
    assert {key: payment.creditor_account for key, payment in held.items()} == {
        country: account.number for country, (account, _) in creditors.items()
    }


async def test_statements_and_notifications_agree(bank: Bank, client: BankHttpClient) -> None:
    """Each movement has the same key in the notification and in the statement, which adds up."""
    await hand_in(client, file_of("F-1", transfers_of("A", "B", "C")))
    bank.advance(days=1)
    waiting = await client.collect("camt.")
    for message in waiting:
        assert_valid(message.kind, message.content)
    reports = [report for m in waiting if isinstance(report := decode(m.content), AccountReport)]
    ours = {
        kind: {
            (e.entry_key, e.end_to_end_id, e.amount_minor)
            for e in entries_of([r for r in reports if r.kind is kind], "NL41MOCK0000000001")
        }
        for kind in ReportKind
    }
    assert ours[ReportKind.STATEMENT] == ours[ReportKind.NOTIFICATION]
    assert len(ours[ReportKind.STATEMENT]) == 3
    statements = [s for r in reports if r.kind is ReportKind.STATEMENT for s in r.statements]
    assert {s.unexplained_minor for s in statements} == {0}


async def test_a_hole_in_a_statement_is_seen(bank: Bank, client: BankHttpClient) -> None:
    """A statement that leaves an entry out is short by exactly that entry."""
    bank.behave("ACME", "statement-gap")
    await hand_in(client, file_of("F-1", transfers_of("A", "B")))
    bank.advance(days=1)
    reports = [m for m in await collected(client, "camt.053") if isinstance(m, AccountReport)]
    (ours,) = [s for r in reports for s in r.statements if s.account == "NL41MOCK0000000001"]
    assert ours.unexplained_minor == -125_050


async def test_a_rejected_file(bank: Bank, client: BankHttpClient) -> None:
    """The bank refuses a file whole; its report says the same, and its books hold none of it."""
    bank.behave("ACME", "reject-file")
    with pytest.raises(SubmissionRejected) as refused:
        await hand_in(client, file_of("F-1", transfers_of("A")))
    assert refused.value.reason_code == "FF01"
    (report,) = await collected(client)
    assert isinstance(report, StatusReport)
    assert report.verdict_for("A").outcome is Outcome.REJECTED
    assert (await client.inquire("A")).state is HeldState.UNKNOWN_TO_BANK


async def test_a_repeat_harms_nobody(bank: Bank, client: BankHttpClient) -> None:
    """The same bytes again: uncertain, not rejected, and the bank's refusal decides no transfer."""
    await hand_in(client, file_of("F-1", transfers_of("A")))
    await collected(client)
    with pytest.raises(DuplicateSubmission):
        await hand_in(client, file_of("F-1", transfers_of("A")))
    (report,) = await collected(client)
    assert isinstance(report, StatusReport)
    assert report.group_status == "RJCT"
    assert report.verdict_for("A").outcome is Outcome.REPEATED
    inquiry = await client.inquire("A")
    assert (inquiry.state, len(inquiry.held)) == (HeldState.SETTLED, 1)


async def test_a_payment_sent_twice_shows_in_an_inquiry(bank: Bank, client: BankHttpClient) -> None:
    """One end-to-end id in two files is held twice, and the inquiry says so."""
    await hand_in(client, file_of("F-1", transfers_of("A")))
    await hand_in(client, file_of("F-2", transfers_of("A")))
    assert len((await client.inquire("A")).held) == 2


@pytest.mark.parametrize("end_to_end_id", ["A/B", "A?B", "A B", "A+B", "NOBODY'S"])
async def test_odd_ids_are_asked_for_exactly(bank: Bank, client: BankHttpClient, end_to_end_id: str) -> None:
    """Slashes, question marks and blanks in an id reach the bank unharmed."""
    assert (await client.inquire(end_to_end_id)).state is HeldState.UNKNOWN_TO_BANK
    await hand_in(client, file_of("F-1", transfers_of(end_to_end_id)))
    assert (await client.inquire(end_to_end_id)).state is HeldState.SETTLED


async def test_the_banks_view_adds_up_to_ours(bank: Bank, client: BankHttpClient) -> None:
    """What the bank holds, per state and currency, equals what was sent."""
    bank.open_account("DOLLARS", DOLLARS, "USD")
    await hand_in(client, file_of("F-1", transfers_of("A", "B")))
    await hand_in(client, file_of("F-2", transfers_of("C", currency="USD"), DOLLARS))
    held = await client.held_payments()
    assert {(p.end_to_end_id, p.currency, p.amount_minor, p.message_id) for p in held} == {
        ("A", "EUR", 125_050, "F-1"),
        ("B", "EUR", 125_050, "F-1"),
        ("C", "USD", 125_050, "F-2"),
    }


async def test_the_bank_finds_nothing_wrong(bank: Bank) -> None:
    """The bank's own validation has no finding about a file of ours."""
    content = render_payment_file(file_of("F-1", transfers_of("A")))[1]
    assert bank.findings(content).strip() == "pain.001.001.09 F-1: 1 batch, 1 payment, 0 findings"
