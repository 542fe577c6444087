"""The whole demo on a stack that is up."""

from __future__ import annotations

import asyncio
import secrets
import time
from pathlib import Path

from kamai.payouts.v1 import bank_pb2
from rich.console import Console

from kamai_client import bank_events
from kamai_client.bank_events import BankEvent
from kamai_client.demo import agreements, onboarding, paying, settling, working
from kamai_client.demo.bank_control import BankControl
from kamai_client.demo.comparing import account_totals, compare
from kamai_client.demo.inputs.batch import Batch
from kamai_client.demo.people import People
from kamai_client.demo.progress import Stages
from kamai_client.demo.report import Outcome
from kamai_client.demo.world import World
from kamai_client.target import Target


async def run(batch: Batch, target: Target, console: Console, began: float) -> Outcome:
    """Everything from the watchlist to the comparison; `began` is the monotonic time the person has waited from.

    Raises:
        DemoError: it cannot go on.
        KamaiClientError: a call that belongs to no row of the input was refused.
    """
    with Stages(console) as stages:
        async with People(target) as people, BankControl(target.bank_url) as bank:
            world = World(batch, target, people, bank, stages, f"demo-{secrets.token_hex(4)}")
            await _happen(world)
            return await _tell(world, began)


async def _happen(world: World) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(agreements.open_orders(world))
        await onboarding.import_list(world)
        await onboarding.onboard(world)
    async with asyncio.TaskGroup() as group:
        group.create_task(_bank_side(world))
        await agreements.sign_contracts(world)
        await working.do_work(world)
        await working.wait_for_obligations(world)
    await onboarding.import_late_list(world)
    await paying.run_payouts(world)
    await settling.watch_runs(world)
    await settling.resolve_unknown(world)
    await settling.book(world)
    await settling.credit_partner_accounts(world)
    await settling.wait_for_returns(world)


async def _bank_side(world: World) -> None:
    await onboarding.open_accounts(world)
    await paying.prepare_bank(world)


async def _tell(world: World, began: float) -> Outcome:
    payments = await compare(world)
    ledger = await (await world.people.platform()).ledger.CheckLedger(bank_pb2.CheckLedgerRequest())
    return Outcome(
        payments, await account_totals(world), ledger, await _events(world), world.stopped(), world.batch.problems,
        world.problems, world.stages.took_s, time.monotonic() - began,
    )  # fmt: skip


async def _events(world: World) -> list[BankEvent]:
    """What the partner banks find on their own topics about the accounts of this demo."""
    ours = {account.id for account in world.accounts.values()}
    banks = sorted({account.bank for account in world.accounts.values()})
    keys = Path(world.target.dev_key).with_name(bank_events.JWKS_NAME)
    found: list[BankEvent] = []
    with world.stages.stage("read the banks' Kafka topics", len(banks)) as stage:
        for bank in banks:
            async with bank_events.open_topic(world.target.bootstrap, bank, keys, from_start=True) as topic:
                found += [event for event in await topic.until_now() if event.key in ours]
            stage.step(bank)
    return sorted(found, key=lambda event: (str(event.body.get("account_id", "")), int(event.body.get("sequence", 0))))
