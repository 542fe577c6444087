"""`kamai events dead`: events a service could not handle."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer
from kamai.ops.v1 import event_admin_pb2 as pb

from kamai_client.cli import render, session
from kamai_client.cli.command import command, group
from kamai_client.cli.values import Limit, Reason, enum_option

app = group("events", "Events between the services.")
dead = group("dead", "Events that could not be handled: look, replay, discard.")
app.add_typer(dead)


class ServiceName(StrEnum):
    ONBOARDING = "onboarding"
    CONTRACTS = "contracts"
    PAYOUTS = "payouts"


Service = Annotated[
    ServiceName, typer.Option("--service", "-s", help="onboarding, contracts or payouts, as `events dead list` says")
]
OneService = Annotated[ServiceName | None, typer.Option("--service", "-s", help="only of onboarding, contracts or payouts")]
Event = Annotated[int, typer.Argument(metavar="EVENT_ID", min=1, help="its number in the service")]
_COLUMNS = ("id", "state", "consumer", "type", "key", "sequence", "error", "attempts", "last_failed_at")
States = Annotated[list[int] | None, enum_option(pb.FailedEventState, "--state", about="only these")]


@command(dead, "list")
def list_(service: OneService = None, state: States = None, limit: Limit = 50) -> None:
    """Events being retried, parked or dead in all services, newest first."""
    asked = pb.ListFailedEventsRequest(states=state or [])  # type: ignore[arg-type]
    found: list[tuple[str, pb.FailedEvent]] = []
    for name in [service] if service else list(ServiceName):
        items = session.items(lambda kamai, name=name: kamai.failed_events(name).ListFailedEvents, asked, limit)  # type: ignore[misc]
        found += [(name.value, item) for item in items]
    found.sort(key=lambda each: each[1].last_failed_at.ToNanoseconds(), reverse=True)
    _show(found[:limit])
    session.say_if_more(len(found), limit)


def _show(found: list[tuple[str, pb.FailedEvent]]) -> None:
    """As JSON, each with its service."""
    if session.current().json:
        render.print_json([{"service": name} | render.as_dict(event) for name, event in found])
        return
    rows = [[name, *(render.cell(event, column) for column in _COLUMNS)] for name, event in found]
    session.show_rows(["service", *_COLUMNS], rows)


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
