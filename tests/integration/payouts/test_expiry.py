"""Reserved money runs out of time while its lines are on their way: each line is sent with its money, or held without it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import pytest
from integration.payouts.stage import Stage
from kamai.payouts.v1 import run_pb2
from payouts.adapters.postgres.lines import PostgresLines

EXPIRE = "UPDATE ledger_hold SET expires_at = now() - interval '1 day' WHERE state = 'OPEN' AND reference = ANY($1::text[])"


async def let_expire(stage: Stage, invoices: Sequence[str]) -> None:
    """The money reserved for these is past its time."""
    await stage.sql(EXPIRE, [(await stage.latest(each)).id for each in invoices])


@pytest.mark.parametrize(("mode", "sent"), [(run_pb2.RUN_MODE_PARTIAL, 2)])
async def test_no_file_claims_a_line_that_was_just_held(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, mode: run_pb2.RunMode, sent: int
) -> None:
    """Money given back between the last look at the lines and the file's commit stops the file. The next one has what is left, an
    ATOMIC run none; what was held is owed again."""
    contractor = await stage.payee()
    invoices = [await stage.owe(contractor, 10_00) for _ in range(3)]
    await stage.executed(mode=mode)
    obstacles = PostgresLines.obstacles

    async def expire_meanwhile(lines: PostgresLines, attempt_ids: Sequence[UUID], at: object) -> object:
        monkeypatch.undo()
        await let_expire(stage, invoices[:1])
        await stage.tick("expiry")
        return await obstacles(lines, attempt_ids, at)  # type: ignore[arg-type]

    monkeypatch.setattr(PostgresLines, "obstacles", expire_meanwhile)
    await stage.tick("runs")
    assert await stage.sql("SELECT 1 FROM bank_message") == []
    await stage.tick("runs", "files")
    assert len(stage.bank.payments()) == sent
    owed = [await stage.owed(each) for each in invoices]
    assert owed == ["OPEN"] * (3 - sent) + ["IN_FLIGHT"] * sent
    account = await stage.check_ledger()
    assert (account.reserved.amount_minor, account.available.amount_minor) == (0, 10_000_00 - sent * 10_00)
