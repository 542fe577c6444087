"""`kamai payouts`: what is owed, every try to pay it, and why something is not paid."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from kamai.payouts.v1 import obligation_pb2 as pb

from kamai_client.cli import render, session
from kamai_client.cli.command import command, group
from kamai_client.cli.history import HISTORY
from kamai_client.cli.values import Limit, OptionalId, enum_option

app = group("payouts", "What is owed and what became of it.")

ATTEMPTS = "id state net credited end_to_end_id value_date holds.code|failure.code failure.bank_code"
About = Annotated[str, typer.Argument(metavar="OBLIGATION_ID|INVOICE_ID", help="obligation_... or invoice_...")]
States = Annotated[list[int] | None, enum_option(pb.ObligationState, "--state", about="only these")]
TryStates = Annotated[list[int] | None, enum_option(pb.AttemptState, "--state", about="only these")]


@command(app, "show")
def show(about: About) -> None:
    """What is owed for one invoice."""
    asked = pb.GetObligationRequest(invoice_id=about) if about.startswith("invoice_") else pb.GetObligationRequest(id=about)
    session.show(session.call(lambda kamai: kamai.payouts.GetObligation, asked).obligation)


@command(app, "owed")
def owed(client: OptionalId = "", contractor: OptionalId = "", state: States = None, limit: Limit = 50) -> None:
    """What is owed, newest first."""
    asked = pb.ListObligationsRequest(organisation_id=client, contractor_id=contractor, states=state or [])  # type: ignore[arg-type]
    columns = "id state amount credited outstanding due_date invoice_number contractor_id"
    session.show_list(lambda kamai: kamai.payouts.ListObligations, asked, columns, limit)


@command(app, "attempts")
def attempts(
    obligation: OptionalId = "", run: OptionalId = "", end_to_end_id: OptionalId = "", state: TryStates = None, limit: Limit = 50
) -> None:
    """Tries to pay, newest first."""
    asked = pb.ListAttemptsRequest(
        obligation_id=obligation, run_id=run, end_to_end_id=end_to_end_id, states=state or []  # type: ignore[arg-type]
    )  # fmt: skip
    session.show_list(lambda kamai: kamai.payouts.ListAttempts, asked, ATTEMPTS, limit)


@command(app, "why-not")
def why_not(about: About) -> None:
    """Why it is not paid: every blocker with who acts and what clears it."""
    reply = session.call(lambda kamai: kamai.payouts.WhyNotPaid, _by(pb.WhyNotPaidRequest, about))
    current = session.current()
    if current.json:
        render.print_json(render.as_dict(reply))
    elif reply.paid:
        current.out.print("[green]paid in full[/]")
    else:
        if reply.expected_on:
            current.out.print(f"expected on {reply.expected_on}, nobody has to act")
        elif not reply.blockers:
            current.out.print("nothing is in the way")
        session.show_section(list(reply.blockers), "code message who_acts remedy due_at subject")


@command(app, "explain")
def explain(about: About) -> None:
    """How a payout came about and what became of it."""
    reply = session.call(lambda kamai: kamai.payouts.ExplainPayout, _by(pb.ExplainPayoutRequest, about))
    current = session.current()
    if current.json:
        render.print_json(render.as_dict(reply))
        return
    render.record(current.out, reply.obligation)
    session.show_section(list(reply.attempts), ATTEMPTS, "tries")
    session.show_section(list(reply.steps), "occurred_at message reference", "what happened")
    session.show_section(list(reply.postings), "posted_at account amount transaction_id", "ledger")


@command(app, "history")
def history(attempt: Annotated[str, typer.Argument(metavar="ATTEMPT_ID", help="attempt_...")], limit: Limit = 50) -> None:
    """Every step a try has taken."""
    asked = pb.ListAttemptTransitionsRequest(id=attempt)
    session.show_list(lambda kamai: kamai.payouts.ListAttemptTransitions, asked, HISTORY, limit)


def _by(make: Any, about: str) -> Any:
    return make(invoice_id=about) if about.startswith("invoice_") else make(obligation_id=about)
