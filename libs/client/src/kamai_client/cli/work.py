"""`kamai milestones`, `kamai timesheets` and `kamai work`."""

from __future__ import annotations

from typing import Annotated

import typer
from kamai.contracts.v1 import work_pb2 as pb

from kamai_client.cli import session
from kamai_client.cli.command import command, group
from kamai_client.cli.history import HISTORY
from kamai_client.cli.values import Limit, OptionalId, Reason, enum_option, hundredths

milestones = group("milestones", "Milestones of fixed contracts.")
timesheets = group("timesheets", "Timesheets of contracts by time.")
app = group("work", "Work of every kind.")

Work = Annotated[str, typer.Argument(metavar="WORK_ID", help="work_...")]
Contract = Annotated[str, typer.Argument(metavar="CONTRACT_ID", help="contract_...")]
States = Annotated[list[int] | None, enum_option(pb.WorkState, "--state", about="only these")]


@command(milestones, "submit")
def submit_milestone(work: Work, note: Annotated[str, typer.Option(help="what is delivered")] = "") -> None:
    """Hand a milestone in."""
    asked = pb.SubmitMilestoneRequest(id=work, note=note)
    session.show(session.call(lambda kamai: kamai.milestones.SubmitMilestone, asked).work_item)


@command(milestones, "accept")
def accept_milestone(work: Work) -> None:
    """Accept it: an invoice is made."""
    asked = pb.AcceptMilestoneRequest(id=work)
    session.show(session.call(lambda kamai: kamai.milestones.AcceptMilestone, asked).work_item)


@command(milestones, "request-changes")
def request_changes(work: Work, reason: Reason) -> None:
    """Ask for changes."""
    asked = pb.RequestMilestoneChangesRequest(id=work, reason=reason)
    session.show(session.call(lambda kamai: kamai.milestones.RequestMilestoneChanges, asked).work_item)


@command(timesheets, "submit")
def submit_timesheet(
    contract: Contract,
    week: Annotated[str, typer.Argument(metavar="MONDAY", help="Monday of the week, 2026-11-16")],
    day: Annotated[list[str], typer.Option("--day", help="for example 2026-11-16=7.5:review")],
) -> None:
    """Hand in the hours or days of a week."""
    asked = pb.SubmitTimesheetRequest(contract_id=contract, week_start=week, entries=[_entry(text) for text in day])
    session.show(session.call(lambda kamai: kamai.timesheets.SubmitTimesheet, asked).work_item)


@command(timesheets, "approve")
def approve_timesheet(work: Work) -> None:
    """Approve it: an invoice is made."""
    asked = pb.ApproveTimesheetRequest(id=work)
    session.show(session.call(lambda kamai: kamai.timesheets.ApproveTimesheet, asked).work_item)


@command(timesheets, "return")
def return_timesheet(work: Work, reason: Reason) -> None:
    """Send it back for correction."""
    asked = pb.ReturnTimesheetRequest(id=work, reason=reason)
    session.show(session.call(lambda kamai: kamai.timesheets.ReturnTimesheet, asked).work_item)


@command(app, "show")
def show(work: Work) -> None:
    """One work item with how its price came about."""
    session.show(session.call(lambda kamai: kamai.work_items.GetWorkItem, pb.GetWorkItemRequest(id=work)).work_item)


@command(app, "list")
def list_(
    contract: OptionalId = "", client: OptionalId = "", contractor: OptionalId = "", state: States = None, limit: Limit = 50
) -> None:
    """Work items, newest first."""
    asked = pb.ListWorkItemsRequest(
        contract_id=contract, organisation_id=client, contractor_id=contractor, states=state or []  # type: ignore[arg-type]
    )  # fmt: skip
    columns = "id kind state amount contract_id invoice_id"
    session.show_list(lambda kamai: kamai.work_items.ListWorkItems, asked, columns, limit)


@command(app, "history")
def history(work: Work, limit: Limit = 50) -> None:
    """Every step a work item has taken."""
    asked = pb.ListWorkItemTransitionsRequest(id=work)
    session.show_list(lambda kamai: kamai.work_items.ListWorkItemTransitions, asked, HISTORY, limit)


def _entry(text: str) -> pb.TimeEntry:
    date, equals, rest = text.partition("=")
    units, _, note = rest.partition(":")
    if not equals:
        raise typer.BadParameter(f"--day {text!r}: write it as DATE=UNITS[:NOTE], for example 2026-11-16=7.5")
    return pb.TimeEntry(date=date, units_hundredths=hundredths(units, "--day"), note=note)
