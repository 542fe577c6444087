"""Work items between protobuf and the domain."""

from __future__ import annotations

from kamai.contracts.v1 import work_pb2 as pb

from contracts.domain.pricing import PriceLine
from contracts.domain.work import MilestoneDetails, SessionDetails, TimesheetDetails, WorkItem
from contracts.entrypoints import messages


def price_line(line: PriceLine) -> pb.PriceLine:
    return pb.PriceLine(description=line.description, amount=messages.money(line.amount))


def work_item(item: WorkItem) -> pb.WorkItem:
    message = pb.WorkItem(
        id=item.id,
        contract_id=item.contract_id,
        terms_version=item.terms_version,
        organisation_id=item.organisation_id,
        contractor_id=item.contractor_id,
        kind=pb.WorkKind.Value(f"WORK_KIND_{item.kind}"),
        state=pb.WorkState.Value(f"WORK_STATE_{item.state}"),
        amount=messages.money(item.amount),
        price_lines=[price_line(line) for line in item.price_lines],
        invoice_id=item.invoice_id,
        auto_accept_at=messages.moment(item.auto_accept_at),
        etag=str(item.version),
        create_time=messages.moment(item.created_at),
        update_time=messages.moment(item.updated_at),
    )
    match item.details:
        case MilestoneDetails() as milestone:
            message.milestone.CopyFrom(_milestone(milestone))
        case TimesheetDetails() as timesheet:
            message.timesheet.CopyFrom(_timesheet(timesheet))
        case SessionDetails() as session:
            message.session.CopyFrom(_session(session))
    return message


def _milestone(details: MilestoneDetails) -> pb.MilestoneDetails:
    due = details.due_date.isoformat() if details.due_date else ""
    return pb.MilestoneDetails(number=details.number, title=details.title, due_date=due)


def _timesheet(details: TimesheetDetails) -> pb.TimesheetDetails:
    return pb.TimesheetDetails(
        week_start=details.week_start.isoformat(),
        entries=[
            pb.TimeEntry(date=entry.day.isoformat(), units_hundredths=entry.units_hundredths, note=entry.note)
            for entry in details.entries
        ],
        units_hundredths=details.units_hundredths,
    )


def _session(details: SessionDetails) -> pb.SessionDetails:
    return pb.SessionDetails(
        skill=details.skill,
        start_time=messages.moment(details.start),
        minutes=details.minutes,
        request_time=messages.moment(details.requested_at),
    )
