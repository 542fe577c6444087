"""Text of an invoice line."""

from __future__ import annotations

from contracts.domain.work import MilestoneDetails, SessionDetails, TimesheetDetails, WorkItem, WorkState

_CHARGED = {WorkState.NO_SHOW_CLIENT: ", client did not appear", WorkState.CANCELLED_LATE: ", cancelled late"}


def describe(item: WorkItem) -> str:
    match item.details:
        case MilestoneDetails(number=number, title=title):
            return f"Milestone {number}: {title}"
        case TimesheetDetails(week_start=week_start):
            return f"Week of {week_start}: {item.price_lines[0].description}"
        case SessionDetails(skill=skill, start=start, minutes=minutes):
            return f"{skill}, {start:%Y-%m-%d %H:%M} UTC, {minutes} min{_CHARGED.get(item.state, '')}"
