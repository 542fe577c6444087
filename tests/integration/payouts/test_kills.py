"""Killed hard between any two steps: never two payments at the bank for one attempt, and everything is found again."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest
from integration.payouts.stage import Stage, staged
from support.databases import Templates
from support.tokens import TokenMaker

VICTIM = Path(__file__).with_name("victim.py")
STEPS = ["screened", "reserved", "written", "submitted", "sending", "sent", "recorded", "taken in", "acknowledged"]
KILLED = 137


async def _victim(stage: Stage, step: str) -> int:
    settings = stage.served.assembly.platform.settings
    environment = os.environ | {
        "KAMAI_ENV": "development", "KAMAI_DATABASE_URL": stage.database.app_url, "KAMAI_TOKEN_KEYS": str(settings.token_keys),
        "KAMAI_VAULT_DIRECTORY": str(settings.vault_directory),
        "KAMAI_BANK_URL": stage.bank.url, "KAMAI_INSTRUCTION_KEY_FILE": str(stage.keys.instruction),
        "KAMAI_BANK_EVENT_KEY_FILE": str(stage.keys.bank_event), "KAMAI_INQUIRY_EVERY_S": "0",
    }  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(VICTIM), step, env=environment, stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode in (0, KILLED), (out + err).decode()[-2000:]
    return process.returncode or 0


@pytest.mark.parametrize("step", STEPS)
async def test_killed_at_every_step(stage: Stage, step: str) -> None:
    """A hard exit at `step`, twice, then a run to the end: each attempt is at the bank once and paid."""
    invoices = [await stage.owe(await stage.payee(), minor) for minor in (11_00, 22_00, 33_00)]
    run = await stage.executed()
    stage.bank.advance_to(run.value_date)
    assert await _victim(stage, step) == KILLED
    await _victim(stage, step)
    assert await _victim(stage, "") == 0
    held = [each for each in stage.bank.payments() if each["status"] != "rejected"]
    assert sorted(each["amount"] for each in held) == [11_00, 22_00, 33_00]
    assert len({each["end_to_end_id"] for each in held}) == 3
    assert [await stage.owed(invoice) for invoice in invoices] == ["PAID"] * 3
    files = await stage.sql("SELECT state FROM bank_message WHERE direction = 'OUT'")
    assert [row["state"] for row in files] == ["SENT"]
    account = await stage.check_ledger()
    assert (account.available.amount_minor, account.in_transit.amount_minor) == (10_000_00 - 66_00, 0)
    assert await stage.exceptions() == []


async def test_uncertain_file_is_never_sent_again(templates: Templates, tokens: TokenMaker, tmp_path: Path) -> None:
    """A submission without a receipt: UNKNOWN; the file is asked about, and not handed over a second time."""
    async with staged(templates, tokens, tmp_path, bank_submit_timeout_s=0.0001) as stage:
        await stage.fund()
        invoice = await stage.owe(await stage.payee(), 11_00)
        await stage.executed()
        await stage.tick("runs", "files")
        assert await stage.state(invoice) == "UNKNOWN"
        for _ in range(3):
            await stage.tick("files", "inquiries", "runs")
        assert stage.bank.payments() == []
        files = await stage.sql("SELECT state FROM bank_message WHERE direction = 'OUT'")
        assert [row["state"] for row in files] == ["UNCERTAIN"]
        assert [each.code for each in (await stage.why(invoice)).blockers] == ["OUTCOME_UNKNOWN"]


async def test_reservations_expire(stage: Stage) -> None:
    """Money reserved by a process that died is given back after its time; the line is held and says why."""
    invoice = await stage.owe(await stage.payee(), 11_00)
    await stage.executed()
    assert await _victim(stage, "reserved") == KILLED
    assert (await stage.check_ledger()).reserved.amount_minor == 11_00
    await stage.sql("UPDATE ledger_hold SET expires_at = now()")
    await stage.tick("expiry")
    assert (await stage.check_ledger()).available.amount_minor == 10_000_00
    assert [each.code for each in (await stage.why(invoice)).blockers] == ["RESERVATION_EXPIRED"]
