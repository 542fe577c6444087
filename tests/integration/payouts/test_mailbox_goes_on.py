"""One message that cannot be applied does not stop the bank's mailbox."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from chassis.errors import Unavailable
from chassis.ids import encode
from integration.payouts.bank_words import camt054, entry, tell, workers
from integration.payouts.stage import Stage
from kamai.payouts.v1 import bank_pb2
from payouts.app.rails.take_in_message import TakeInMessage
from payouts.domain.bank_connection import MailboxMessage
from payouts.domain.bank_messages import AccountReport

BAD = camt054(entry("1.00", "NOBODYS", "DBIT", "B1"), message="BAD")


def _beyond_bigint(command: TakeInMessage) -> TakeInMessage:
    """As a reader would give it that overlooks an amount."""
    report = command.decoded
    assert isinstance(report, AccountReport)
    (statement,) = report.statements
    (only,) = statement.entries
    return replace(
        command, decoded=replace(report, statements=(replace(statement, entries=(replace(only, amount_minor=2**63),)),))
    )


def _with_bad_message_first(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Any:
    at_work = workers(stage)
    bank = at_work._bank
    collect, read = bank.collect, bank.read

    async def with_bad() -> list[MailboxMessage]:
        return [MailboxMessage("0", "camt.054", BAD, "0" * 64), *await collect()]

    monkeypatch.setattr(bank, "collect", with_bad)
    monkeypatch.setattr(bank, "read", lambda content: _beyond_bigint(read(content)) if content == BAD else read(content))
    return at_work


async def test_message_that_fails_is_kept_and_the_next_ones_are_taken_in(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is stored as unreadable, once, with an exception for a person; the payment behind it is credited."""
    invoice = await stage.owe(await stage.payee(), 40_00)
    await stage.sent()
    at_work = _with_bad_message_first(stage, monkeypatch)
    for _ in range(3):
        await at_work.collect_mailbox()
    assert await stage.state(invoice) == "CREDITED"
    [kept] = await stage.sql("SELECT id, error FROM bank_message WHERE state = 'UNREADABLE'")
    assert kept["error"] == "it cannot be applied (DataError)"
    request = bank_pb2.GetBankMessageRequest(id=encode("bankmsg", kept["id"]))
    assert (await stage.banks.GetBankMessage(request, metadata=stage.staff())).content == BAD
    assert await stage.exceptions() == ["UNREADABLE_MESSAGE"]


async def test_message_waits_while_the_database_is_away(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no fault of the message is tried again, not filed away."""
    at_work = _with_bad_message_first(stage, monkeypatch)

    async def away(*_: object) -> None:
        raise Unavailable("the database is out of reach")

    monkeypatch.setattr(at_work, "_transaction", away)
    with pytest.raises(Unavailable):
        await at_work.collect_mailbox()
    assert await stage.sql("SELECT FROM bank_message") == []


async def test_amount_beyond_the_ledger_is_unreadable(stage: Stage) -> None:
    """The decoder refuses it."""
    taken = await tell(stage, camt054(entry("999999999999999999", "NOBODYS", "DBIT", "B1")))
    assert "more than can be booked" in taken.error
