"""A return may be told before its debit: nobody is shown as paid who has the money no more."""

from __future__ import annotations

import pytest
from integration.payouts.bank_words import camt054, entry, pacs004, tell
from integration.payouts.stage import Stage
from integration.payouts.test_unknown import AHEAD
from kamai.payouts.v1 import obligation_pb2


@pytest.mark.parametrize("told", ["entry", "pacs.004", "both"])
async def test_return_before_its_debit(stage: Stage, told: str) -> None:
    """It waits for the debit, counts once, and is seen by a person meanwhile."""
    invoice = await stage.owe(await stage.payee(), 40_00)
    await stage.executed(value_date=AHEAD)
    await stage.tick("runs", "files", "mailbox")
    name = (await stage.latest(invoice)).end_to_end_id
    back, out = entry("39.00", name, "CRDT", "BACK", returned_for="AC04"), entry("40.00", name, "DBIT", "OUT")
    early = {"entry": [camt054(back)], "pacs.004": [pacs004("39.00", name, "AC04")]}
    for message in early.get(told, early["entry"] + early["pacs.004"]):
        await tell(stage, message)
    assert await stage.state(invoice) == "ACCEPTED"
    waiting = await stage.exceptions()
    assert set(waiting) == {"RETURN_BEFORE_SETTLEMENT"}
    await tell(stage, camt054(out, message="C2"))
    assert (await stage.state(invoice), await stage.owed(invoice)) == ("RETURNED", "OPEN")
    await tell(stage, camt054(out, back, message="C3"))
    assert (await stage.latest(invoice)).failure.code == obligation_pb2.FAILURE_CODE_ACCOUNT_CLOSED
    assert await stage.exceptions() == waiting
    assert (await stage.check_ledger()).available.amount_minor == 10_000_00 - 1_00
    outcomes = await stage.sql("SELECT DISTINCT outcome FROM bank_entry")
    assert [row["outcome"] for row in outcomes] == ["MATCHED"]
