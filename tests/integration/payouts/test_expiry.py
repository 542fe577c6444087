"""Reserved money runs out of time while its lines are on their way: each line is sent with its money, or held without it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

import pytest
from integration.payouts.stage import Stage, uuid_of
from kamai.payouts.v1 import run_pb2
from payouts.adapters.postgres.lines import PostgresLines
from payouts.app.runs import expire_reservations, hold_the_rest, submit_lines
from payouts.app.runs.draw_lines import draw_lines
from payouts.app.runs.prepare_files import prepare
from payouts.app.runs.reserve_lines import reserve_lines
from payouts.app.runs.screen_lines import screen_lines
from payouts.app.runs.write_file import write_file
from payouts.entrypoints.schedules import Workers

T = TypeVar("T")
EXPIRE = "UPDATE ledger_hold SET expires_at = now() - interval '1 day' WHERE state = 'OPEN' AND reference = ANY($1::text[])"


async def let_expire(stage: Stage, invoices: Sequence[str]) -> None:
    """The money reserved for these is past its time."""
    await stage.sql(EXPIRE, [(await stage.latest(each)).id for each in invoices])


def workers_of(stage: Stage) -> Workers:
    workers: Workers = next(each for each in stage.parts.schedules if each.name == "runs").run.__self__  # type: ignore[attr-defined]
    return workers


async def transaction(stage: Stage, work: Callable[[Any], Awaitable[T]]) -> T:
    """A step of the workers, on its own."""
    return await workers_of(stage)._transaction("test", work)


async def reserved(stage: Stage, run: run_pb2.Run) -> None:
    """The run's lines are screened and have their money; then the process is killed."""
    for step in (screen_lines, reserve_lines):
        while await transaction(stage, lambda uow, step=step: step(uow, uuid_of(run.id))):  # type: ignore[misc]
            pass


@pytest.mark.parametrize(("mode", "sent"), [(run_pb2.RUN_MODE_PARTIAL, 2), (run_pb2.RUN_MODE_ATOMIC, 0)])
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


async def test_a_committed_file_delays_no_other_expiry(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines that wait long to follow their file keep their money; money that expired after theirs is given back all the same."""
    monkeypatch.setattr(expire_reservations, "BATCH", 2)
    monkeypatch.setattr(submit_lines, "BATCH", 1)
    contractor = await stage.payee()
    committed = [await stage.owe(contractor, 10_00) for _ in range(3)]
    await stage.executed()
    runs = next(each for each in stage.parts.schedules if each.name == "runs")
    while not await stage.sql("SELECT 1 FROM bank_message WHERE state = 'PREPARED'"):
        await runs.run()
    late = await stage.owe(contractor, 20_00)
    await reserved(stage, await stage.executed())
    await let_expire(stage, committed)
    await stage.sql("UPDATE ledger_hold SET expires_at = now() - interval '1 hour' WHERE amount_minor = 2000")
    await stage.tick("expiry")
    assert [hold.code for hold in (await stage.latest(late)).holds] == ["RESERVATION_EXPIRED"]
    assert (await stage.check_ledger()).reserved.amount_minor == 30_00
    await stage.tick("runs", "files")
    assert [await stage.owed(each) for each in [*committed, late]] == ["IN_FLIGHT"] * 3 + ["OPEN"]


@pytest.mark.parametrize("when", ["before", "while", "after"])
async def test_an_atomic_run_of_which_a_part_expired_is_not_sent(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """Money of some lines of an ATOMIC run was given back before, while or after its lines were drawn for a file: every line is
    held, batch by batch, nothing is sent, and all of it can be planned again."""
    for module in (expire_reservations, hold_the_rest):
        monkeypatch.setattr(module, "BATCH", 2)
    contractor = await stage.payee()
    invoices = [await stage.owe(contractor, 10_00) for _ in range(5)]
    run = await stage.executed(mode=run_pb2.RUN_MODE_ATOMIC)
    await reserved(stage, run)
    await let_expire(stage, invoices)
    sealed = PostgresLines.sealed

    async def expire_a_part() -> None:
        await transaction(stage, expire_reservations.expire_reservations)
        assert sorted([await stage.state(each) for each in invoices]) == ["HELD"] * 2 + ["RESERVED"] * 3

    async def expire_meanwhile(lines: PostgresLines, run_id: UUID, limit: int) -> object:
        await expire_a_part()
        return await sealed(lines, run_id, limit)

    if when == "before":
        await expire_a_part()
    with monkeypatch.context() as patched:
        if when == "while":
            patched.setattr(PostgresLines, "sealed", expire_meanwhile)
        drawn = await transaction(stage, lambda uow: draw_lines(uow, uuid_of(run.id), 2))
    if when == "after":
        await expire_a_part()
    if drawn:
        prepared = prepare(drawn, workers_of(stage)._tools)
        await transaction(stage, lambda uow: write_file(uow, uuid_of(run.id), prepared))
    await stage.tick("runs", "files")
    assert stage.bank.payments() == []
    for each in invoices:
        assert [hold.code for hold in (await stage.latest(each)).holds] == ["RESERVATION_EXPIRED"]
        assert await stage.owed(each) == "OPEN"
    account = await stage.check_ledger()
    assert (account.reserved.amount_minor, account.available.amount_minor) == (0, 10_000_00)
    assert (await stage.run(run)).state == run_pb2.RUN_STATE_CLOSED
