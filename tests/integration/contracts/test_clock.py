"""What happens by the clock: silence, invitations, first days. The schedules of the running service, on its own database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from chassis.clock import ManualClock
from chassis.ids import raw
from chassis.schedules import Schedule
from contracts.main import build
from integration.contracts.client_side import Kamai, usd
from kamai.contracts.v1 import contract_pb2, invoice_pb2, work_pb2
from support.services import Served


async def run(contracts_service: Served, clock: ManualClock, name: str) -> None:
    """One run of a schedule, as its runner makes it."""
    parts = await build(replace(contracts_service.assembly.platform, clock=clock))
    schedule: Schedule = next(s for s in parts.schedules if s.name == name)
    assert not await schedule.run()
    for close in parts.closers:
        await close()


async def state(kamai: Kamai, contract_id: str) -> int:
    request = contract_pb2.GetContractRequest(id=contract_id)
    return (await kamai.contracts.GetContract(request, **kamai.as_())).contract.state


async def test_silence_is_acceptance(kamai: Kamai, contracts_service: Served, clock: ManualClock) -> None:
    """After 14 days the clock accepts what waits, in its own name; nothing before, nothing twice, nobody else's work stops it."""
    contract = await kamai.active(kamai.terms(fixed=kamai.fixed(10_00, 20_00)))
    early, late = [await kamai.submitted_milestone(contract.id, place) for place in (0, 1)]
    await kamai.accept_milestone(early.id)
    clock.at += timedelta(days=14) - timedelta(seconds=1)
    await run(contracts_service, clock, "auto-acceptance")
    assert (await kamai.items(contract.id))[1].state == work_pb2.WORK_STATE_SUBMITTED
    clock.at += timedelta(seconds=1)
    for _ in range(2):
        await run(contracts_service, clock, "auto-acceptance")
    item = (await kamai.items(contract.id))[1]
    assert item.state == work_pb2.WORK_STATE_ACCEPTED
    assert (await kamai.invoice(item.invoice_id)).state == invoice_pb2.INVOICE_STATE_APPROVED
    steps = await kamai.work.ListWorkItemTransitions(work_pb2.ListWorkItemTransitionsRequest(id=late.id), **kamai.as_())
    assert steps.transitions[-1].actor == "system:auto-acceptance"
    assert steps.transitions[-1].reason == "no answer until 2026-12-08 09:00 UTC"


async def test_an_invitation_runs_out(kamai: Kamai, contracts_service: Served, clock: ManualClock) -> None:
    """30 days after the client's signature the contract is EXPIRED and its money free."""
    organisation_id = await kamai.organisation()
    order_id = await kamai.order(organisation_id, 100_00)
    terms = kamai.terms(fixed=kamai.fixed(60_00))
    contract = await kamai.sign(await kamai.proposed(organisation_id, order_id, await kamai.onboarded(), terms))
    clock.at += timedelta(days=30)
    await run(contracts_service, clock, "invitation-expiry")
    assert await state(kamai, contract.id) == contract_pb2.CONTRACT_STATE_EXPIRED
    assert (await kamai.budget(order_id)).available == usd(100_00)


async def test_a_scheduled_contract_begins_on_its_first_day(kamai: Kamai, contracts_service: Served, clock: ManualClock) -> None:
    """SCHEDULED -> ACTIVE when the day begins in UTC, with its milestones."""
    first = clock.at.date() + timedelta(days=2)
    contract = await kamai.active(kamai.terms(start=first, fixed=kamai.fixed(10_00, 20_00)))
    clock.at += timedelta(days=1, hours=14, minutes=59)
    await run(contracts_service, clock, "contract-start")
    assert await state(kamai, contract.id) == contract_pb2.CONTRACT_STATE_SCHEDULED
    clock.at += timedelta(minutes=1)
    await run(contracts_service, clock, "contract-start")
    assert await state(kamai, contract.id) == contract_pb2.CONTRACT_STATE_ACTIVE
    assert [item.milestone.number for item in await kamai.items(contract.id)] == [1, 2]


async def test_one_item_that_fails_stops_no_other(kamai: Kamai, contracts_service: Served, clock: ManualClock) -> None:
    """A row that cannot be read is left for the next run; what is due behind it is accepted."""
    contract = await kamai.active(kamai.terms(fixed=kamai.fixed(10_00, 20_00)))
    broken, sound = [await kamai.submitted_milestone(contract.id, place) for place in (0, 1)]
    await kamai.pool.execute("UPDATE work_item SET details = details - 'title' WHERE id = $1", raw(broken.id))
    clock.at += timedelta(days=14)
    await run(contracts_service, clock, "auto-acceptance")
    request = work_pb2.GetWorkItemRequest(id=sound.id)
    assert (await kamai.work.GetWorkItem(request, **kamai.as_())).work_item.state == work_pb2.WORK_STATE_ACCEPTED
    mended = 'UPDATE work_item SET details = details || \'{"title": "First"}\' WHERE id = $1'
    await kamai.pool.execute(mended, raw(broken.id))
    await run(contracts_service, clock, "auto-acceptance")
    request = work_pb2.GetWorkItemRequest(id=broken.id)
    assert (await kamai.work.GetWorkItem(request, **kamai.as_())).work_item.state == work_pb2.WORK_STATE_ACCEPTED
