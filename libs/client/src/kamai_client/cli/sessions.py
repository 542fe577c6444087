"""`kamai sessions`: gigs such as technical interviews."""

from __future__ import annotations

from typing import Annotated

import typer
from kamai.contracts.v1 import work_pb2 as pb

from kamai_client.cli import session
from kamai_client.cli.command import command, group
from kamai_client.cli.values import Reason, enum_argument, moment
from kamai_client.cli.work import Contract, Work

app = group("sessions", "Sessions: quote, request, confirm, deliver, accept, cancel.")

Skill = Annotated[str, typer.Argument(help="one of the contract's skills")]
Start = Annotated[str, typer.Argument(help="2026-12-01T14:30+05:00; UTC without a zone")]
Minutes = Annotated[int, typer.Argument(min=1, max=1440)]


@command(app, "quote")
def quote(contract: Contract, skill: Skill, start: Start, minutes: Minutes) -> None:
    """What a session would cost, line by line."""
    asked = pb.QuoteSessionRequest(contract_id=contract, skill=skill, start_time=moment(start, "MOMENT"), minutes=minutes)
    session.show(session.call(lambda kamai: kamai.sessions.QuoteSession, asked))


@command(app, "request")
def request(contract: Contract, skill: Skill, start: Start, minutes: Minutes) -> None:
    """Ask for a session; the price is fixed now."""
    asked = pb.RequestSessionRequest(contract_id=contract, skill=skill, start_time=moment(start, "MOMENT"), minutes=minutes)
    session.show(session.call(lambda kamai: kamai.sessions.RequestSession, asked).work_item)


@command(app, "confirm")
def confirm(work: Work) -> None:
    """The contractor confirms."""
    session.show(session.call(lambda kamai: kamai.sessions.ConfirmSession, pb.ConfirmSessionRequest(id=work)).work_item)


@command(app, "deliver")
def deliver(
    work: Work,
    outcome: Annotated[int, enum_argument(pb.SessionOutcome, "how it went")],
) -> None:
    """Report how it went."""
    asked = pb.DeliverSessionRequest(id=work, outcome=outcome)  # type: ignore[arg-type]
    session.show(session.call(lambda kamai: kamai.sessions.DeliverSession, asked).work_item)


@command(app, "accept")
def accept(work: Work) -> None:
    """The client accepts: an invoice is made."""
    session.show(session.call(lambda kamai: kamai.sessions.AcceptSession, pb.AcceptSessionRequest(id=work)).work_item)


@command(app, "cancel")
def cancel(
    work: Work,
    by: Annotated[int, enum_argument(pb.ContractSide, "client or contractor")],
    reason: Reason,
) -> None:
    """Cancel; a late cancellation by the client is charged as agreed."""
    asked = pb.CancelSessionRequest(id=work, cancelled_by=by, reason=reason)  # type: ignore[arg-type]
    session.show(session.call(lambda kamai: kamai.sessions.CancelSession, asked).work_item)
