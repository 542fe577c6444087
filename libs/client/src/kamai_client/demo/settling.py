"""From the bank's first word to the last: accepted, refused, silent, booked, credited short, returned."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import date

from kamai.payouts.v1 import bank_pb2, obligation_pb2, run_pb2
from kamai.payouts.v1.obligation_pb2 import Attempt

from kamai_client.demo.progress import Stage
from kamai_client.demo.waiting import WaitedInVain, until
from kamai_client.demo.world import Funded, World
from kamai_client.errors import KamaiClientError

_A = obligation_pb2
UNDER_WAY = frozenset({
    _A.ATTEMPT_STATE_PLANNED, _A.ATTEMPT_STATE_READY, _A.ATTEMPT_STATE_QUOTED, _A.ATTEMPT_STATE_RESERVED,
    _A.ATTEMPT_STATE_SUBMITTING,
})  # fmt: skip
AT_BANK = UNDER_WAY | {_A.ATTEMPT_STATE_ACCEPTED, _A.ATTEMPT_STATE_UNKNOWN}
_LONGEST_RETURN_DAYS = 30
_PATIENCE_S = 30.0
_NOT_NOTICED = "this stack waits longer before it notices a silent bank: KAMAI_BANK_SILENCE_S=1.5 make up"


async def attempts_of(world: World, funded: Funded) -> list[Attempt]:
    """The lines of the runs paid from an account."""
    kamai = await world.people.finance(funded.account.organisation_id)
    found: list[Attempt] = []
    for run in funded.runs:
        asked = obligation_pb2.ListAttemptsRequest(run_id=run.id, page_size=500)
        found += [attempt async for attempt in kamai.pages(kamai.payouts.ListAttempts, asked)]
    return found


async def _settle(world: World, funded: Funded, under_way: Collection[int], longest_s: float) -> list[Attempt]:
    async def read() -> list[Attempt]:
        return await attempts_of(world, funded)

    def is_over(found: list[Attempt]) -> bool:
        return not any(attempt.state in under_way for attempt in found)

    return await until(f"the bank's word on {funded.given.iban}", read, is_over, longest_s)


async def watch_runs(world: World) -> None:
    """Follows each run as it is streamed, until the bank has said something about every line or its silence was noticed."""
    total = sum(run.line_count for funded in world.funded for run in funded.runs)
    with world.stages.stage("the bank answers", total) as stage:

        async def one(funded: Funded) -> None:
            try:
                async with asyncio.timeout(_PATIENCE_S):
                    for run in funded.runs:
                        await _follow(world, run, stage)
                    if funded.given.silent:
                        await _until_noticed(world, funded)
            except TimeoutError:
                if not funded.given.silent:
                    said = f"waited {_PATIENCE_S:.0f} s in vain for the bank's answer on {funded.given.iban}"
                    raise WaitedInVain(said) from None
                for attempt in await attempts_of(world, funded):
                    _note(world, attempt, _NOT_NOTICED)

        await world.each([funded for funded in world.funded if funded.runs], one)


async def _follow(world: World, run: run_pb2.Run, stage: Stage) -> None:
    kamai, seen = await world.people.finance(run.organisation_id), 0
    async for reply in kamai.runs.WatchRun(run_pb2.WatchRunRequest(id=run.id)):
        answered = sum(line.lines for line in reply.run.settlement if line.state not in UNDER_WAY)
        stage.reach(stage.done + answered - seen, _outcomes(reply.run))
        seen = answered
        if answered >= reply.run.line_count:
            return


async def _until_noticed(world: World, funded: Funded) -> None:
    """A bank took the file and says no more: after a while its payments are UNKNOWN."""
    for attempt in await attempts_of(world, funded):
        if attempt.state in AT_BANK:

            async def noticed(attempt: Attempt = attempt) -> bool:
                return await _was_unknown(world, funded, attempt)

            await until(f"the silence about {attempt.end_to_end_id} to be noticed", noticed, bool)


def _outcomes(run: run_pb2.Run) -> str:
    names = obligation_pb2.AttemptState
    parts = [f"{each.lines} {names.Name(each.state).removeprefix('ATTEMPT_STATE_').lower()}" for each in run.settlement]
    return ", ".join(parts)


async def resolve_unknown(world: World) -> None:
    """Asks the bank about every payment it has been silent about."""
    lines = [(funded, attempt) for funded in world.funded for attempt in await attempts_of(world, funded)]
    found = [(funded, attempt) for funded, attempt in lines if await _was_unknown(world, funded, attempt)]
    if not found:
        return
    with world.stages.stage("unknown outcomes: inquire", len(found)) as stage:

        async def one(given: tuple[Funded, Attempt]) -> None:
            funded, attempt = given
            kamai = await world.people.finance(funded.account.organisation_id)

            async def ask() -> bool:
                try:
                    reply = await kamai.banks.InquireAttempt(bank_pb2.InquireAttemptRequest(id=attempt.id))
                except KamaiClientError as error:
                    if error.reason != "ILLEGAL_STATE":  # the service's own inquiry was quicker
                        raise
                    return True
                return reply.attempt.state != _A.ATTEMPT_STATE_UNKNOWN

            await until(f"the bank's answer on {attempt.end_to_end_id}", ask, bool)
            _note(world, attempt, "no answer from the bank: UNKNOWN, resolved by inquiry")
            stage.step(attempt.end_to_end_id)

        await world.each(found, one)


async def _was_unknown(world: World, funded: Funded, attempt: Attempt) -> bool:
    """Also when the service's own inquiry was quicker than ours."""
    kamai = await world.people.finance(funded.account.organisation_id)
    steps = kamai.pages(
        kamai.payouts.ListAttemptTransitions, obligation_pb2.ListAttemptTransitionsRequest(id=attempt.id, page_size=500)
    )
    return any([step.to_state == "UNKNOWN" async for step in steps])


def _note(world: World, attempt: Attempt, text: str) -> None:
    for payment in world.payments:
        if payment.obligation_id == attempt.obligation_id:
            world.notes.setdefault(payment.invoice_id, []).append(text)


async def book(world: World) -> None:
    """Moves the bank's clock to the last settlement day; then every accepted payment is booked."""
    paid = [funded for funded in world.funded if funded.runs]
    with world.stages.stage("settlement: the bank books", len(paid)) as stage:
        days = [date.fromisoformat(record.on) for record in (await world.bank.records()).values() if record.status == "accepted"]
        if days:
            await world.bank.advance_to(max(days))
        for funded in paid:
            await _settle(world, funded, AT_BANK, 60.0)
            stage.step(funded.given.currency)


async def credit_partner_accounts(world: World) -> None:
    """Partner banks report what arrived on freelancer accounts: the full amount, or less where the script says so."""
    short = {given.contractor.key: given for given in world.batch.bank.short_credits}
    keys = {contractor.id: key for key, contractor in world.contractors.items() if key in world.accounts}
    found = [(funded, attempt) for funded in world.funded for attempt in await attempts_of(world, funded)]
    arriving = [
        (funded, attempt) for funded, attempt in found
        if attempt.contractor_id in keys and attempt.state == _A.ATTEMPT_STATE_CREDITED
    ]  # fmt: skip
    if not arriving:
        return
    with world.stages.stage("freelancer accounts are credited", len(arriving)) as stage:
        for funded, attempt in arriving:
            given = short.pop(keys[attempt.contractor_id], None)
            expected = attempt.net.amount_minor - (given.short_by.amount_minor if given else 0)
            account, payer = world.bank_accounts[keys[attempt.contractor_id]], funded.given.organisation.legal_name
            await world.bank.credit(account, expected, attempt.end_to_end_id, given.note if given else "", payer)
        for funded in {id(funded): funded for funded, _ in arriving}.values():
            ids = {attempt.id for _, attempt in arriving}

            async def read(funded: Funded = funded) -> list[Attempt]:
                return await attempts_of(world, funded)

            def is_reported(now: list[Attempt], ids: set[str] = ids) -> bool:
                return all(attempt.HasField("credited") for attempt in now if attempt.id in ids)

            await until("the credits of partner banks", read, is_reported)
        stage.reach(len(arriving))


async def wait_for_returns(world: World) -> None:
    """Moves the bank's clock day by day until everything that comes back has come back."""
    returns = world.batch.bank.returns
    concerned = {world.contractors[each.contractor.key].id for each in returns if each.contractor.key in world.contractors}
    with world.stages.stage("days pass: payments come back", len(concerned)) as stage:
        for funded in world.funded:
            lines = await attempts_of(world, funded)
            booked = [each for each in lines if each.contractor_id in concerned and each.state == _A.ATTEMPT_STATE_CREDITED]
            if booked:
                await _wait_for_return(world, funded, booked[0])
                stage.step(booked[0].end_to_end_id)


async def _wait_for_return(world: World, funded: Funded, attempt: Attempt) -> None:
    for _ in range(_LONGEST_RETURN_DAYS):
        if (await world.bank.records())[attempt.end_to_end_id].status == "returned":
            break
        await world.bank.advance_days(1)

    async def read() -> Attempt:
        return next(each for each in await attempts_of(world, funded) if each.id == attempt.id)

    await until(f"the return of {attempt.end_to_end_id}", read, lambda now: now.state == _A.ATTEMPT_STATE_RETURNED)
    record = (await world.bank.records())[attempt.end_to_end_id]
    _note(world, attempt, f"booked on {record.on}, came back on {record.returned_on}")
