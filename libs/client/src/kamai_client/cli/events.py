"""`kamai events dead`: events a service could not handle."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer
from kamai.ops.v1 import event_admin_pb2 as pb

from kamai_client.cli import session
from kamai_client.cli.command import command, group
from kamai_client.cli.values import Limit, Reason, enum_option

app = group("events", "Events between the services.")
dead = group("dead", "Events that could not be handled: look, replay, discard.")
app.add_typer(dead)


class ServiceName(StrEnum):
    ONBOARDING = "onboarding"
    CONTRACTS = "contracts"
    PAYOUTS = "payouts"


Service = Annotated[ServiceName, typer.Option("--service", "-s", help="whose consumers")]
Event = Annotated[int, typer.Argument(metavar="EVENT", min=1, help="its number in the service")]
States = Annotated[list[int] | None, enum_option(pb.FailedEventState, "--state", about="only these")]


@command(dead, "list")
def list_(service: Service, state: States = None, limit: Limit = 50) -> None:
    """Events being retried, parked or dead, newest first."""
    columns = "id state consumer type key sequence error attempts last_failed_at"
    asked = pb.ListFailedEventsRequest(states=state or [])  # type: ignore[arg-type]
    session.show_list(lambda kamai: kamai.failed_events(service).ListFailedEvents, asked, columns, limit)


@command(dead, "show")
def show(event: Event, service: Service) -> None:
    """One with its headers and payload."""
    asked = pb.GetFailedEventRequest(id=event)
    session.show(session.call(lambda kamai: kamai.failed_events(service).GetFailedEvent, asked).failed_event)


@command(dead, "replay")
def replay(event: Event, service: Service, reason: Reason) -> None:
    """Hand it to its consumer again."""
    asked = pb.ReplayFailedEventRequest(id=event, reason=reason)
    session.show(session.call(lambda kamai: kamai.failed_events(service).ReplayFailedEvent, asked).failed_event)


@command(dead, "discard")
def discard(event: Event, service: Service, reason: Reason) -> None:
    """Give it up; events waiting behind it follow."""
    asked = pb.DiscardFailedEventRequest(id=event, reason=reason)
    session.show(session.call(lambda kamai: kamai.failed_events(service).DiscardFailedEvent, asked).failed_event)
