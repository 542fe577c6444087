"""Large runs go on in batches; an ATOMIC one is still paid whole or not at all."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from integration.payouts.crowd import answer_all, owe_many
from integration.payouts.stage import Stage, staged
from kamai.payouts.v1 import run_pb2
from payouts.app.runs import hold_the_rest, payment_batch, reserve_lines, submit_lines
from support.databases import Templates
from support.tokens import TokenMaker


@pytest.fixture
def batches_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (hold_the_rest, payment_batch, reserve_lines, submit_lines):
        monkeypatch.setattr(module, "BATCH", 2)


async def states(stage: Stage) -> dict[str, int]:
    rows = await stage.sql("SELECT state, count(*) AS lines FROM attempt GROUP BY state")
    return {row["state"]: row["lines"] for row in rows}


@pytest.mark.usefixtures("batches_of_two")
async def test_an_atomic_run_is_paid_whole(templates: Templates, tokens: TokenMaker, tmp_path: Path) -> None:
    """Its money is reserved at once; no file is written before the last line is reserved, or sent before its lines follow."""
    async with staged(templates, tokens, tmp_path, file_max_lines=3) as stage:
        await stage.fund()
        contractor = await stage.payee()
        for _ in range(7):
            await stage.owe(contractor, 10_00)
        run = await stage.executed(mode=run_pb2.RUN_MODE_ATOMIC)
        workers = next(each for each in stage.parts.schedules if each.name == "runs")
        while await workers.run():
            await stage.tick("files")
            seen = await states(stage)
            assert not ("READY" in seen and seen.keys() & {"SUBMITTING", "ACCEPTED"})
            if "READY" in seen:
                assert await stage.sql("SELECT 1 FROM bank_message") == []
                assert (await stage.check_ledger()).reserved.amount_minor == 70_00
        await stage.tick("files")
        assert await states(stage) == {"ACCEPTED": 7}
        files = await stage.sql("SELECT items FROM bank_message WHERE direction = 'OUT' ORDER BY id")
        assert [row["items"] for row in files] == [3, 3, 1]
        stage.bank.advance_to(run.value_date)
        await stage.tick("mailbox", "runs")
        assert (await stage.run(run)).state == run_pb2.RUN_STATE_CLOSED
        account = await stage.check_ledger()
        assert (account.available.amount_minor, account.reserved.amount_minor) == (10_000_00 - 70_00, 0)


@pytest.mark.usefixtures("batches_of_two")
async def test_an_atomic_run_without_the_money_reserves_none(stage: Stage) -> None:
    """Every line of every batch is held for the money, and none of it is taken."""
    invoices = [await stage.owe(await stage.payee(), 3_000_00) for _ in range(5)]
    await stage.executed(mode=run_pb2.RUN_MODE_ATOMIC)
    await stage.tick("runs", "files")
    assert {(await stage.latest(each)).holds[0].code for each in invoices} == {"FUNDING_MISSING"}
    account = await stage.check_ledger()
    assert (account.available.amount_minor, account.reserved.amount_minor) == (10_000_00, 0)
    assert stage.bank.payments() == []


@pytest.mark.usefixtures("batches_of_two")
async def test_an_obstacle_stops_every_batch_of_an_atomic_run(stage: Stage) -> None:
    """What comes in the way after the money was reserved holds all lines, and gives all the money back."""
    payees = [await stage.payee() for _ in range(5)]
    invoices = [await stage.owe(each, 10_00) for each in payees]
    await stage.executed(mode=run_pb2.RUN_MODE_ATOMIC)
    await stage.sql("UPDATE payee SET case_state = 'SUSPENDED' WHERE contractor_id = (SELECT contractor_id FROM payee LIMIT 1)")
    await stage.tick("runs", "files")
    codes = sorted([(await stage.latest(each)).holds[0].code for each in invoices])
    assert codes == ["ATOMIC_RUN"] * 4 + ["CONTRACTOR_STATE"]
    assert (await stage.check_ledger()).available.amount_minor == 10_000_00
    assert stage.bank.payments() == []


async def test_reservations_of_a_committed_file_do_not_expire(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between fixing a file and its lines' following it, for however long: the money stays, and the lines follow."""
    monkeypatch.setattr(submit_lines, "BATCH", 1)
    contractor = await stage.payee()
    for _ in range(3):
        await stage.owe(contractor, 10_00)
    await stage.executed()
    workers = next(each for each in stage.parts.schedules if each.name == "runs")
    while (await states(stage)).get("SUBMITTING", 0) == 0:
        await workers.run()
    await stage.sql("UPDATE ledger_hold SET expires_at = now() - interval '1 day'")
    await stage.tick("expiry")
    assert (await stage.check_ledger()).reserved.amount_minor == 30_00
    await stage.tick("runs", "files")
    assert await states(stage) == {"ACCEPTED": 3}


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_fifty_thousand_lines(templates: Templates, tokens: TokenMaker, tmp_path: Path) -> None:
    """An ATOMIC run of 50,000 lines is planned, approved, reserved and written within the service's own limits on transactions.
    Prints the seconds."""
    async with staged(templates, tokens, tmp_path) as stage:
        await stage.fund(50_000_00)
        await owe_many(stage, 50_000)
        began = time.monotonic()
        run = await stage.plan(mode=run_pb2.RUN_MODE_ATOMIC)
        print(f"planned after {time.monotonic() - began:.1f} s")
        await stage.submit(run)
        await stage.approve(run)
        await stage.execute(run)
        await answer_all(stage)
        workers = next(each for each in stage.parts.schedules if each.name == "runs")
        told: set[str] = set()
        while (seen := await states(stage)) != {"SUBMITTING": 50_000}:
            for state in seen.keys() - told:
                told.add(state)
                print(f"first {state} after {time.monotonic() - began:.1f} s")
            assert await workers.run()
        print(f"written after {time.monotonic() - began:.1f} s")
        assert (await stage.check_ledger()).in_transit.amount_minor == 50_000_00
