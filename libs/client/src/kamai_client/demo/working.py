"""Work is handed in and accepted; each accepted piece is an invoice, each invoice becomes something owed."""

from __future__ import annotations

from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp
from kamai.contracts.v1 import invoice_pb2, work_pb2
from kamai.payouts.v1 import obligation_pb2

from kamai_client.client import Kamai
from kamai_client.demo.inputs.contracts import CONTRACTS, MILESTONES, ContractInput, MilestoneInput
from kamai_client.demo.inputs.rows import Problem
from kamai_client.demo.inputs.work import SESSIONS, TIMESHEETS, SessionInput, TimesheetInput
from kamai_client.demo.waiting import EVENTS_UNDER_WAY, accepted
from kamai_client.demo.world import Payment, World

_TIMESHEET_COLUMNS = {"week_start": "week_start", "entries": "mon", "contract_id": "contract"}
_SESSION_COLUMNS = {"skill": "skill", "start_time": "start", "minutes": "minutes", "contract_id": "contract"}


async def do_work(world: World) -> None:
    batch = world.batch
    milestones = [
        (each, number, row) for each in batch.contracts for number, row in enumerate(each.milestones, 1) if row.delivered
    ]
    total = len(milestones) + len(batch.timesheets) + len(batch.sessions)
    with world.stages.stage("work: hand in, accept, invoice", total) as stage:

        async def milestone(given: tuple[ContractInput, int, MilestoneInput]) -> None:
            contract, number, row = given
            if _is_possible(world, contract, MILESTONES, row.line):
                async with world.row(MILESTONES, row.line, {}, contract.contractor.key):
                    await _milestone(world, contract, number, row)
            stage.step(row.terms.title)

        async def timesheet(given: TimesheetInput) -> None:
            if _is_possible(world, given.contract, TIMESHEETS, given.line):
                async with world.row(TIMESHEETS, given.line, _TIMESHEET_COLUMNS, given.contract.contractor.key):
                    await _timesheet(world, given)
            stage.step(given.contract.terms.title)

        async def session(given: SessionInput) -> None:
            if _is_possible(world, given.contract, SESSIONS, given.line):
                async with world.row(SESSIONS, given.line, _SESSION_COLUMNS, given.contract.contractor.key):
                    await _session(world, given)
            stage.step(given.skill)

        await world.each(milestones, milestone)
        await world.each(batch.timesheets, timesheet)
        await world.each(batch.sessions, session)


def _is_possible(world: World, contract: ContractInput, file: str, line: int) -> bool:
    """Work of a contract that was not signed is a problem of its row, unless its contractor was not even approved."""
    if contract.key in world.contracts:
        return True
    if contract.contractor.key in world.contractors:
        said = f"{contract.key} was not signed ({CONTRACTS}:{contract.line})"
        world.problems.append(Problem(file, line, "contract", said, contract.contractor.key))
    return False


async def _milestone(world: World, contract: ContractInput, number: int, row: MilestoneInput) -> None:
    buyer, contractor = await _sides(world, contract)
    items = buyer.pages(
        buyer.work_items.ListWorkItems, work_pb2.ListWorkItemsRequest(contract_id=world.contracts[contract.key].id)
    )
    [work_id] = [item.id async for item in items if item.milestone.number == number]
    handed_in = work_pb2.SubmitMilestoneRequest(id=work_id, note=row.note)
    await accepted(f"SUBMIT_WORK of {contract.key}", lambda: contractor.milestones.SubmitMilestone(handed_in), EVENTS_UNDER_WAY)
    reply = await buyer.milestones.AcceptMilestone(work_pb2.AcceptMilestoneRequest(id=work_id))
    await _invoiced(world, contract, f"{MILESTONES}:{row.line}", reply.work_item)


async def _timesheet(world: World, given: TimesheetInput) -> None:
    buyer, contractor = await _sides(world, given.contract)
    asked = work_pb2.SubmitTimesheetRequest(
        contract_id=world.contracts[given.contract.key].id, week_start=given.week_start, entries=given.entries
    )
    handed_in = await accepted("SUBMIT_WORK", lambda: contractor.timesheets.SubmitTimesheet(asked), EVENTS_UNDER_WAY)
    reply = await buyer.timesheets.ApproveTimesheet(work_pb2.ApproveTimesheetRequest(id=handed_in.work_item.id))
    await _invoiced(world, given.contract, f"{TIMESHEETS}:{given.line}", reply.work_item)


async def _session(world: World, given: SessionInput) -> None:
    buyer, contractor = await _sides(world, given.contract)
    start = Timestamp()
    start.FromDatetime(given.start or datetime.now(UTC) + given.notice)
    asked = work_pb2.RequestSessionRequest(
        contract_id=world.contracts[given.contract.key].id, skill=given.skill, start_time=start, minutes=given.minutes
    )
    work_id = (await buyer.sessions.RequestSession(asked)).work_item.id
    confirmed = work_pb2.ConfirmSessionRequest(id=work_id)
    await accepted("SUBMIT_WORK", lambda: contractor.sessions.ConfirmSession(confirmed), EVENTS_UNDER_WAY)
    if given.outcome == work_pb2.SESSION_OUTCOME_UNSPECIFIED:
        return
    held = work_pb2.DeliverSessionRequest(id=work_id, outcome=work_pb2.SESSION_OUTCOME_HELD)
    await contractor.sessions.DeliverSession(held)
    reply = await buyer.sessions.AcceptSession(work_pb2.AcceptSessionRequest(id=work_id))
    await _invoiced(world, given.contract, f"{SESSIONS}:{given.line}", reply.work_item)


async def _sides(world: World, contract: ContractInput) -> tuple[Kamai, Kamai]:
    """Client and contractor."""
    owner = world.organisations[contract.order.organisation.key]
    return await world.people.procurement(owner), await world.people.contractor(world.contractors[contract.contractor.key].id)


async def _invoiced(world: World, contract: ContractInput, source: str, item: work_pb2.WorkItem) -> None:
    """Notes the invoice; one outside of the purchase order's tolerance is approved by the signer."""
    owner = world.organisations[contract.order.organisation.key]
    signer = await world.people.signer(owner)
    invoice = (await signer.invoices.GetInvoice(invoice_pb2.GetInvoiceRequest(id=item.invoice_id))).invoice
    if invoice.state == invoice_pb2.INVOICE_STATE_MATCH_EXCEPTION:
        reason = "beyond the tolerance of the purchase order, agreed"
        await signer.invoices.ApproveInvoice(invoice_pb2.ApproveInvoiceRequest(id=invoice.id, reason=reason))
        world.notes.setdefault(invoice.id, []).append("invoice did not match, approved by hand")
    world.payments.append(Payment(contract, source, invoice.id, invoice.total.amount_minor, invoice.total.currency))


async def wait_for_obligations(world: World) -> None:
    """Until payouts knows of every invoice."""
    with world.stages.stage("payable events reach payouts", len(world.payments)) as stage:

        async def one(payment: Payment) -> None:
            owner = world.organisations[payment.contract.order.organisation.key]
            kamai = await world.people.finance(owner)
            asked = obligation_pb2.GetObligationRequest(invoice_id=payment.invoice_id)
            reply = await accepted(
                f"the obligation of {payment.source}", lambda: kamai.payouts.GetObligation(asked), frozenset({"NOT_FOUND"})
            )
            payment.obligation_id = reply.obligation.id
            stage.step()

        await world.each(world.payments, one)
