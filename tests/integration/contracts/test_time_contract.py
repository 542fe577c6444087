"""Contracts by time: timesheets within week, caps and budget, returned, replaced, approved."""

from __future__ import annotations

from datetime import date
from typing import Any

from integration.contracts.client_side import Kamai, refused, request_id, usd
from kamai.contracts.v1 import contract_pb2, invoice_pb2, work_pb2


def hourly(cap: int = 4000, budget_minor: int = 5_000_00, unit: Any = contract_pb2.TIME_UNIT_HOUR) -> Any:
    return contract_pb2.TimeTerms(
        unit=unit,
        rate=usd(80_00),
        weekly_cap_hundredths=cap,
        budget=usd(budget_minor),
    )


async def contract_by_time(kamai: Kamai, terms: Any) -> contract_pb2.Contract:
    return await kamai.active(kamai.terms(start=date(2026, 11, 1), time=terms))


def sheet(contract_id: str, *entries: tuple[str, int], week: str = "2026-11-16") -> work_pb2.SubmitTimesheetRequest:
    return work_pb2.SubmitTimesheetRequest(
        request_id=request_id(),
        contract_id=contract_id,
        week_start=week,
        entries=[work_pb2.TimeEntry(date=day, units_hundredths=units) for day, units in entries],
    )


async def test_a_week_is_submitted_returned_replaced_and_approved(kamai: Kamai) -> None:
    """One item a week; the returned one is replaced in place, priced anew and invoiced once approved."""
    contract = await contract_by_time(kamai, hourly())
    first = sheet(contract.id, ("2026-11-16", 750), ("2026-11-17", 800))
    item = (await kamai.timesheets.SubmitTimesheet(first, **kamai.contractor)).work_item
    assert (item.amount, item.timesheet.units_hundredths) == (usd(1240_00), 1550)
    assert item.price_lines[0].description == "15.50 hours at 80.00 USD/hour"
    twice = sheet(contract.id, ("2026-11-16", 100))
    assert (await refused(kamai.timesheets.SubmitTimesheet(twice, **kamai.contractor))).metadata["allowed"] == "approve,return"
    back = work_pb2.ReturnTimesheetRequest(request_id=request_id(), id=item.id, reason="Tuesday was a holiday")
    await kamai.timesheets.ReturnTimesheet(back, **kamai.as_())
    again = sheet(contract.id, ("2026-11-16", 333))
    replaced = (await kamai.timesheets.SubmitTimesheet(again, **kamai.contractor)).work_item
    assert (replaced.id, replaced.amount, len(replaced.timesheet.entries)) == (item.id, usd(266_40), 1)
    approve = work_pb2.ApproveTimesheetRequest(request_id=request_id(), id=item.id)
    approved = (await kamai.timesheets.ApproveTimesheet(approve, **kamai.as_())).work_item
    assert approved.state == work_pb2.WORK_STATE_APPROVED
    invoice = await kamai.invoice(approved.invoice_id)
    assert (invoice.state, invoice.total) == (invoice_pb2.INVOICE_STATE_APPROVED, usd(266_40))
    assert invoice.lines[0].description == "Week of 2026-11-16: 3.33 hours at 80.00 USD/hour"


async def test_faults_of_a_week_come_back_together(kamai: Kamai) -> None:
    """A week that begins on Tuesday, a day outside, a day twice and the cap: all named at once."""
    contract = await contract_by_time(kamai, hourly(cap=1000))
    wrong = sheet(
        contract.id, ("2026-11-24", 800), ("2026-11-18", 100), ("2026-11-18", 200), ("2026-10-30", 100), week="2026-11-17"
    )
    found = await refused(kamai.timesheets.SubmitTimesheet(wrong, **kamai.contractor))
    assert set(found.fields) == {
        "week_start", "entries[0].date", "entries[1].date", "entries[2].date", "entries[3].date", "entries",
    }  # fmt: skip


async def test_a_day_has_at_most_one_unit(kamai: Kamai) -> None:
    """Contracts by the day count whole days."""
    contract = await contract_by_time(kamai, hourly(unit=contract_pb2.TIME_UNIT_DAY))
    wrong = sheet(contract.id, ("2026-11-16", 101))
    found = await refused(kamai.timesheets.SubmitTimesheet(wrong, **kamai.contractor))
    assert found.fields == ["entries[0].units_hundredths"]


async def test_the_budget_is_a_cap(kamai: Kamai) -> None:
    """Work beyond the agreed budget is refused when it is handed in."""
    contract = await contract_by_time(kamai, hourly(budget_minor=1000_00))
    first = sheet(contract.id, ("2026-11-16", 1000), week="2026-11-16")
    await kamai.timesheets.SubmitTimesheet(first, **kamai.contractor)
    second = sheet(contract.id, ("2026-11-09", 251), week="2026-11-09")
    assert (await refused(kamai.timesheets.SubmitTimesheet(second, **kamai.contractor))).preconditions == ["BUDGET_CAP"]
    fits = sheet(contract.id, ("2026-11-09", 250), week="2026-11-09")
    await kamai.timesheets.SubmitTimesheet(fits, **kamai.contractor)


async def test_after_the_end_a_returned_week_is_still_corrected_and_the_rest_released(kamai: Kamai) -> None:
    """EndContract keeps the money of delivered work; once that is settled, what the commitment holds goes back."""
    contract = await contract_by_time(kamai, hourly(budget_minor=2000_00))
    item = (await kamai.timesheets.SubmitTimesheet(sheet(contract.id, ("2026-11-16", 1000)), **kamai.contractor)).work_item
    back = work_pb2.ReturnTimesheetRequest(request_id=request_id(), id=item.id, reason="only half of it")
    await kamai.timesheets.ReturnTimesheet(back, **kamai.as_())
    await kamai.end(contract.id)
    assert (await kamai.budget(contract.purchase_order_id)).committed == usd(800_00)
    new_week = sheet(contract.id, ("2026-11-10", 100), week="2026-11-09")
    refusal = await refused(kamai.timesheets.SubmitTimesheet(new_week, **kamai.contractor))
    assert refusal.preconditions == ["CONTRACT_NOT_ACTIVE"]
    await kamai.timesheets.SubmitTimesheet(sheet(contract.id, ("2026-11-16", 500)), **kamai.contractor)
    approve = work_pb2.ApproveTimesheetRequest(request_id=request_id(), id=item.id)
    await kamai.timesheets.ApproveTimesheet(approve, **kamai.as_())
    order = await kamai.budget(contract.purchase_order_id)
    assert (order.committed, order.invoiced) == (usd(0), usd(400_00))
