"""Silence, and how it ends: by inquiry, by an entry, or by two people. Never by time, and never by sending again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import pytest
from integration.payouts.bank_words import camt054, entry, last_file, pain002, tell
from integration.payouts.stage import Stage, code_of, request_id, staged
from kamai.payouts.v1 import bank_pb2, obligation_pb2
from support.databases import Templates
from support.tokens import TokenMaker

AHEAD = (datetime.now(UTC).date() + timedelta(days=10)).isoformat()


@pytest.fixture
async def silent(templates: Templates, tokens: TokenMaker, tmp_path: Path) -> AsyncIterator[Stage]:
    """A bank that takes files and says nothing; no patience with it."""
    async with staged(templates, tokens, tmp_path, bank_silence_s=0.0) as made:
        await made.fund()
        made.bank.behave("ACME", "silent")
        yield made


async def _send_into_silence(stage: Stage) -> str:
    """A payment for a later day that the bank says nothing about."""
    invoice = await stage.owe(await stage.payee(), 75_00)
    await stage.executed(value_date=AHEAD)
    await stage.tick("runs", "files")
    assert await stage.state(invoice) == "ACCEPTED"
    await stage.tick("mailbox", "silence", "runs")
    return invoice


async def test_silence_becomes_unknown_and_inquiry_resolves_it(silent: Stage) -> None:
    """No status report in time: UNKNOWN, with a blocker that names the bank; the inquiry brings the bank's word back."""
    invoice = await _send_into_silence(silent)
    assert await silent.state(invoice) == "UNKNOWN"
    blocker = (await silent.why(invoice)).blockers[0]
    assert blocker.code == "OUTCOME_UNKNOWN"
    attempt = await silent.latest(invoice)
    request = bank_pb2.InquireAttemptRequest(request_id=request_id(), id=attempt.id)
    answered = await silent.banks.InquireAttempt(request, metadata=silent.as_("ops"))
    assert answered.attempt.state == obligation_pb2.ATTEMPT_STATE_ACCEPTED
    assert (await silent.why(invoice)).expected_on >= AHEAD
    await silent.tick("silence")
    assert await silent.state(invoice) == "ACCEPTED"
    silent.bank.advance(14)
    await silent.tick("mailbox", "runs")
    assert await silent.state(invoice) == "CREDITED"
    assert len(silent.bank.payments()) == 1


async def test_an_entry_leaves_unknown(silent: Stage) -> None:
    """A booked entry proves what became of it, without any inquiry."""
    invoice = await _send_into_silence(silent)
    silent.bank.advance(14)
    await silent.tick("mailbox")
    assert await silent.state(invoice) == "CREDITED"
    assert (await silent.check_ledger()).in_transit.amount_minor == 0


async def test_inquiry_after_booking_and_the_entry_after_it_count_once(silent: Stage) -> None:
    """What an inquiry has told is confirmed by the entry that comes later; the ledger moves once."""
    invoice = await _send_into_silence(silent)
    silent.bank.advance(14)
    await silent.tick("inquiries")
    assert await silent.state(invoice) == "CREDITED"
    await silent.tick("mailbox")
    account = await silent.check_ledger()
    assert (account.available.amount_minor, account.in_transit.amount_minor) == (9_925_00, 0)
    assert await silent.exceptions() == []


async def _resolve(stage: Stage, attempt: Any, who: str, what: bank_pb2.UnknownResolution.ValueType) -> Any:
    request = bank_pb2.ResolveUnknownAttemptRequest(
        request_id=request_id(), id=attempt.id, resolution=what, evidence="letter of the bank of today"
    )
    return await stage.banks.ResolveUnknownAttempt(request, metadata=stage.staff(who, attempt.id))


async def test_two_people_settle_what_the_bank_cannot(silent: Stage) -> None:
    """One person proposes, another one confirms; the same person twice is refused, and so is another opinion."""
    invoice = await _send_into_silence(silent)
    resolve = partial(_resolve, silent, await silent.latest(invoice))
    not_executed = bank_pb2.UNKNOWN_RESOLUTION_NOT_EXECUTED
    first = await resolve("first", not_executed)
    assert first.attempt.state == obligation_pb2.ATTEMPT_STATE_UNKNOWN
    assert (await code_of(resolve("first", not_executed)))[0] is grpc.StatusCode.PERMISSION_DENIED
    assert (await code_of(resolve("second", bank_pb2.UNKNOWN_RESOLUTION_EXECUTED)))[0] is grpc.StatusCode.FAILED_PRECONDITION
    second = await resolve("second", not_executed)
    assert second.attempt.state == obligation_pb2.ATTEMPT_STATE_REJECTED
    assert await silent.owed(invoice) == "OPEN"
    assert (await silent.check_ledger()).available.amount_minor == 10_000_00


async def test_time_alone_changes_nothing(silent: Stage) -> None:
    """A bank that does not know the payment leaves it UNKNOWN, however often it is asked; its run stays open."""
    invoice = await _send_into_silence(silent)
    silent.bank.call("POST", "/_mock/reset")
    for _ in range(3):
        await silent.tick("inquiries", "silence", "files", "runs", "expiry")
    assert await silent.state(invoice) == "UNKNOWN"
    assert silent.bank.payments() == []


async def test_inquiry_after_an_early_return(silent: Stage) -> None:
    """The inquiry tells that it was booked; the return that waited tells how much came back."""
    invoice = await _send_into_silence(silent)
    name = (await silent.latest(invoice)).end_to_end_id
    await tell(silent, camt054(entry("70.00", name, "CRDT", "BACK", returned_for="AC04")))
    silent.bank.advance(14)
    await silent.tick("inquiries")
    assert (await silent.state(invoice), await silent.owed(invoice)) == ("RETURNED", "OPEN")
    assert (await silent.check_ledger()).available.amount_minor == 10_000_00 - 5_00


async def test_inquiry_repeats_no_exception(silent: Stage) -> None:
    """The bank gives the same odd answer at every inquiry: one exception."""
    invoice = await _send_into_silence(silent)
    await silent.sql("UPDATE attempt SET net_minor = net_minor + 1, gross_minor = gross_minor + 1")
    for _ in range(3):
        await silent.sql("UPDATE attempt SET inquired_at = NULL")
        await silent.tick("inquiries")
    assert (await silent.state(invoice), await silent.exceptions()) == ("UNKNOWN", ["AMOUNT_DIFFERS"])


async def test_answered_but_never_booked(stage: Stage) -> None:
    """Taken in, and long after its value date still not booked: the bank is asked, once a day."""
    invoice = await stage.owe(await stage.payee(), 75_00)
    await stage.executed(value_date=AHEAD)
    await stage.tick("runs", "files")
    await tell(stage, pain002(await last_file(stage), "PDNG"))
    await stage.tick("silence")
    assert await stage.state(invoice) == "ACCEPTED"
    await stage.sql("UPDATE attempt SET value_date = '2020-01-01'")
    await stage.tick("silence")
    assert await stage.state(invoice) == "ACCEPTED", "its file went out later than that"
    await stage.sql("UPDATE bank_message SET sent_at = '2020-01-01' WHERE direction = 'OUT'")
    await stage.tick("silence")
    assert await stage.state(invoice) == "UNKNOWN"
    await stage.tick("inquiries", "silence")
    assert await stage.state(invoice) == "ACCEPTED", "the bank has said so just now"
    await stage.sql("UPDATE attempt SET inquired_at = '2020-01-01'")
    await stage.tick("silence")
    assert await stage.state(invoice) == "UNKNOWN"


async def test_mistaken_proposal_is_replaced_by_its_proposer(silent: Stage) -> None:
    """Only by the proposer; the second person confirms what is proposed now."""
    invoice = await _send_into_silence(silent)
    resolve = partial(_resolve, silent, await silent.latest(invoice))
    executed = bank_pb2.UNKNOWN_RESOLUTION_EXECUTED
    await resolve("first", bank_pb2.UNKNOWN_RESOLUTION_NOT_EXECUTED)
    assert (await code_of(resolve("second", executed)))[0] is grpc.StatusCode.FAILED_PRECONDITION
    assert (await resolve("first", executed)).attempt.state == obligation_pb2.ATTEMPT_STATE_UNKNOWN
    assert (await code_of(resolve("first", executed)))[0] is grpc.StatusCode.PERMISSION_DENIED
    await resolve("second", executed)
    assert await silent.state(invoice) == "CREDITED"
