"""A refusal is believed only where it cannot be of a second copy: otherwise what is owed would be paid twice."""

from __future__ import annotations

from typing import Any

import pytest
from integration.payouts.bank_words import last_file, pain002, tell, workers
from integration.payouts.stage import Stage
from integration.payouts.test_unknown import AHEAD
from payouts.domain.rails.submission import Handover, HandoverResult


async def _paid_once(stage: Stage) -> None:
    """Whatever could be planned again is; the bank settles; it holds one payment and the ledger agrees."""
    await stage.tick("inquiries", "runs", "files")
    stage.bank.advance(14)
    await stage.tick("mailbox", "inquiries", "runs")
    assert [each["status"] for each in stage.bank.payments()] == ["accepted"]
    assert (await stage.check_ledger()).available.amount_minor == 10_000_00 - 40_00


@pytest.mark.parametrize("words", ["group DU01", "items AM05", "partly DU04"])
async def test_refused_repeat_rejects_nothing(stage: Stage, words: str) -> None:
    """However the bank words the refusal of a second copy, the first one stays alive."""
    invoice = await stage.owe(await stage.payee(), 40_00)
    await stage.executed(value_date=AHEAD)
    await stage.tick("runs", "files")
    attempt, file = await stage.latest(invoice), await last_file(stage)
    report = {
        "group DU01": pain002(file, "RJCT", "DU01"),
        "items AM05": pain002(file, "RJCT", items=[(attempt.end_to_end_id, "RJCT", "AM05")]),
        "partly DU04": pain002(file, "PART", items=[(attempt.end_to_end_id, "RJCT", "DU04")]),
    }[words]
    await tell(stage, report)
    assert (await stage.state(invoice), await stage.owed(invoice)) == ("UNKNOWN", "IN_FLIGHT")
    await _paid_once(stage)


async def _killed_after_handover(stage: Stage) -> Any:
    """The bank has the file, and nobody has recorded that."""
    at_work = workers(stage)
    real = at_work._bank.hand_over

    async def killed(file: Any) -> HandoverResult:
        await real(file)
        raise ConnectionAbortedError

    at_work._bank.hand_over = killed
    with pytest.raises(ConnectionAbortedError):
        await at_work.send_files()
    at_work._bank.hand_over = real
    return at_work


async def test_second_copy_refused_for_another_reason(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between handover and record; the repeat is refused for its date: the first copy's outcome is asked for."""
    invoice = await stage.owe(await stage.payee(), 40_00)
    await stage.executed(value_date=AHEAD)
    await stage.tick("runs")
    at_work = await _killed_after_handover(stage)

    async def refuse(_file: Any) -> HandoverResult:
        return HandoverResult(Handover.REFUSED, "the execution date lies in the past", "DT01")

    with monkeypatch.context() as patched:
        patched.setattr(at_work._bank, "hand_over", refuse)
        await at_work.send_files()
    assert (await stage.state(invoice), await stage.owed(invoice)) == ("UNKNOWN", "IN_FLIGHT")
    await _paid_once(stage)


async def test_report_on_a_second_copy_rejects_nothing(stage: Stage) -> None:
    """The same when the bank takes the repeat at its door and refuses it by a report later."""
    invoice = await stage.owe(await stage.payee(), 40_00)
    await stage.executed(value_date=AHEAD)
    await stage.tick("runs")
    await (await _killed_after_handover(stage)).send_files()
    await tell(stage, pain002(await last_file(stage), "RJCT", "DT01"))
    assert await stage.owed(invoice) == "IN_FLIGHT"
    await _paid_once(stage)


async def test_first_copy_refused_is_a_rejection(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A handover that never began is not counted; the first one that reaches the bank may be refused."""
    invoice = await stage.owe(await stage.payee(), 40_00)
    await stage.executed(value_date=AHEAD)
    await stage.tick("runs")
    at_work = workers(stage)
    for result in (HandoverResult(Handover.NOT_SENT, "no connection"), HandoverResult(Handover.REFUSED, "no", "FF01")):

        async def answer(_file: Any, result: HandoverResult = result) -> HandoverResult:
            return result

        await stage.sql("UPDATE bank_message SET not_before = NULL")
        monkeypatch.setattr(at_work._bank, "hand_over", answer)
        await at_work.send_files()
    assert (await stage.state(invoice), await stage.owed(invoice)) == ("REJECTED", "OPEN")


@pytest.mark.parametrize("group", ["RJCT", "PDNG"])
async def test_file_the_bank_speaks_of_is_not_sent_again(stage: Stage, group: str) -> None:
    """A report on a file that is only written proves that the bank has it: its bytes do not leave once more."""
    invoice = await stage.owe(await stage.payee(), 40_00)
    await stage.executed(value_date=AHEAD)
    await stage.tick("runs")
    await tell(stage, pain002(await last_file(stage), group, "AM04" if group == "RJCT" else ""))
    await stage.tick("files")
    assert stage.bank.payments() == []
    left = ("REJECTED", "OPEN") if group == "RJCT" else ("ACCEPTED", "IN_FLIGHT")
    assert (await stage.state(invoice), await stage.owed(invoice)) == left
    assert [row["state"] for row in await stage.sql("SELECT state FROM bank_message WHERE direction = 'OUT'")] == ["SENT"]
