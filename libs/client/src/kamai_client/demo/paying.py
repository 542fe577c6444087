"""Accounts at the bank, money on them, and payout runs: planned, approved by another person, executed."""

from __future__ import annotations

from typing import cast

from kamai.payouts.v1 import funding_pb2, obligation_pb2, run_pb2
from kamai.payouts.v1.run_pb2 import Run

from kamai_client.client import Kamai
from kamai_client.demo.inputs.bank import FundingInput
from kamai_client.demo.waiting import DemoError
from kamai_client.demo.world import Funded, World
from kamai_client.errors import KamaiClientError

CONNECTION = "counterparty"
_PLANS = 3


async def prepare_bank(world: World) -> None:
    """Opens the accounts the bank keeps, and makes it behave as the script says."""
    script = world.batch.bank
    held = {
        each.key: each for each in (*script.closed, *(each for each in world.batch.contractors if each.key in world.accounts))
    }
    with world.stages.stage("the bank: accounts, deposits, behaviour", len(script.funding) + len(held)) as stage:
        await world.bank.open_doors()
        for given in held.values():
            account = await world.bank.open_account(given.profile.legal_name, given.iban, given.method.currency, 0)
            world.bank_accounts[given.key] = account
            if given in script.closed:
                await world.bank.change(account, {"behaviour": "closed-account"})
            stage.step(given.profile.legal_name)
        for funding in script.funding:
            async with world.row(funding.place, 0, {"account": "iban", "bic": "bic", "currency": "currency"}):
                world.funded.append(await _fund(world, funding))
            stage.step(funding.organisation.legal_name)


async def _fund(world: World, given: FundingInput) -> Funded:
    owner = world.organisations.get(given.organisation.key)
    if owner is None:
        raise DemoError(f"organisation {given.organisation.key} was not created")
    name = given.organisation.legal_name
    at_bank = await world.bank.open_account(name, given.iban, given.currency, given.balance.amount_minor)
    if given.silent:
        await world.bank.change(at_bank, {"behaviour": "silent"})
    kamai = await world.people.finance(owner)
    asked = funding_pb2.RegisterFundingAccountRequest(
        organisation_id=owner, bank=CONNECTION, account=given.iban, bic=given.bic, currency=given.currency, holder_name=name
    )
    account = await _account(kamai, asked)
    deposit = funding_pb2.RecordDepositRequest(
        funding_account_id=account.id, amount=given.deposit, bank_reference=f"{world.tag}-{given.currency}"
    )
    operator = await world.people.platform()
    return Funded(given, (await operator.funding.RecordDeposit(deposit)).funding_account, at_bank)


async def _account(kamai: Kamai, asked: funding_pb2.RegisterFundingAccountRequest) -> funding_pb2.FundingAccount:
    """The one an earlier demo registered on the same stack, else a new one."""
    known = funding_pb2.ListFundingAccountsRequest(organisation_id=asked.organisation_id, page_size=500)
    async for each in kamai.pages(kamai.funding.ListFundingAccounts, known):
        if each.currency == asked.currency and each.masked_account[-4:] == asked.account[-4:]:
            return cast(funding_pb2.FundingAccount, each)
    return (await kamai.funding.RegisterFundingAccount(asked)).funding_account


async def run_payouts(world: World) -> None:
    """One run for each funding account that anything is owed from."""
    paying = [each for each in world.funded if _owed(world, each)]
    with world.stages.stage("payout runs: plan, approve, execute", len(paying)) as stage:

        async def one(funded: Funded) -> None:
            run = await _run(world, funded)
            funded.runs.append(run)
            stage.step(f"{run.line_count} lines, {run.currency}")

        await world.each(paying, one)


def _owed(world: World, funded: Funded) -> list[str]:
    """What this demo has made due from an account; an earlier one on the same stack may have left more."""
    given = funded.given
    return [
        payment.obligation_id
        for payment in world.payments
        if payment.contract.order.organisation.key == given.organisation.key and payment.currency == given.currency
    ]


async def _run(world: World, funded: Funded) -> Run:
    """Plans again when the plan has drifted meanwhile, for example by a screening that came in between."""
    for tries_left in reversed(range(_PLANS)):
        maker = await world.people.finance(funded.account.organisation_id)
        run = await _plan(world, maker, funded)
        await _prepare_return(world, maker, funded, run)
        try:
            return await _execute(world, maker, run)
        except KamaiClientError as error:
            if error.reason != "PLAN_DRIFTED" or not tries_left:
                raise
            await maker.runs.CancelRun(run_pb2.CancelRunRequest(id=run.id, reason="the plan has drifted: planned anew"))
    raise AssertionError("the last plan returns or raises")


async def _plan(world: World, maker: Kamai, funded: Funded) -> Run:
    """Silence lasts only while the bank has not booked: so what it is silent about is to be executed a business day later."""
    value_date = (await world.bank.next_business_day()).isoformat() if funded.given.silent else ""
    asked = run_pb2.PlanRunRequest(
        organisation_id=funded.account.organisation_id, funding_account_id=funded.account.id, mode=run_pb2.RUN_MODE_PARTIAL,
        value_date=value_date, obligation_ids=_owed(world, funded),
    )  # fmt: skip
    return (await maker.runs.PlanRun(asked)).run


async def _execute(world: World, maker: Kamai, run: Run) -> Run:
    approver = await world.people.finance(run.organisation_id, approver=True)
    await maker.runs.SubmitRun(run_pb2.SubmitRunRequest(id=run.id))
    approve = run_pb2.ApproveRunRequest(id=run.id, digest=run.digest)
    await approver.runs.ApproveRun(approve, metadata=world.people.second_factor(run.organisation_id, approve, approver=True))
    execute = run_pb2.ExecuteRunRequest(id=run.id, digest=run.digest)
    return (await maker.runs.ExecuteRun(execute, metadata=world.people.second_factor(run.organisation_id, execute))).run


async def _prepare_return(world: World, maker: Kamai, funded: Funded, run: Run) -> None:
    """Tells the bank which payment comes back later: it has to know before it books."""
    for given in world.batch.bank.returns:
        contractor = world.contractors.get(given.contractor.key)
        lines = obligation_pb2.ListAttemptsRequest(run_id=run.id, page_size=500)
        async for line in maker.pages(maker.payouts.ListAttempts, lines):
            if contractor and line.contractor_id == contractor.id:
                parameters = {"days": given.days, "reason": given.reason, "end_to_end_id": line.end_to_end_id}
                await world.bank.change(funded.bank_account, {"behaviour": "return-later", "parameters": parameters})
                break
