"""`kamai runs`: payout runs."""

from __future__ import annotations

from typing import Annotated

import typer
from kamai.payouts.v1 import obligation_pb2
from kamai.payouts.v1 import run_pb2 as pb

from kamai_client.cli import render, session
from kamai_client.cli.command import command, group
from kamai_client.cli.history import HISTORY
from kamai_client.cli.payouts import ATTEMPTS
from kamai_client.cli.purchasing import Organisation
from kamai_client.cli.values import Limit, OptionalId, Reason, enum_option
from kamai_client.client import Kamai

_LOOKED_AT = 20
app = group("runs", "Payout runs: plan, approve, execute, watch.")

Run = Annotated[str, typer.Argument(metavar="RUN_ID", help="run_...")]
Digest = Annotated[str, typer.Argument(metavar="DIGEST", help="of the plan you have seen: `kamai runs show` prints it")]
States = Annotated[list[int] | None, enum_option(pb.RunState, "--state", about="only these")]
LineStates = Annotated[list[int] | None, enum_option(obligation_pb2.AttemptState, "--state", about="only these")]


@command(app, "plan")
def plan(
    organisation: Organisation,
    account: Annotated[str, typer.Argument(metavar="FUNDING_ID", help="funding_...; its currency selects what is paid")],
    obligation: Annotated[list[str] | None, typer.Option(help="obligation_...; without it, all that are open")] = None,
    due_by: Annotated[str, typer.Option(help="only what is due by this day")] = "",
    mode: Annotated[int, enum_option(pb.RunMode, about="atomic or partial")] = pb.RUN_MODE_PARTIAL,
    value_date: Annotated[str, typer.Option(help="day the bank is asked to execute")] = "",
    external_id: str = "",
) -> None:
    """Plan a run over what is owed."""
    asked = pb.PlanRunRequest(
        organisation_id=organisation, funding_account_id=account, obligation_ids=obligation or [], due_by=due_by,
        mode=mode, value_date=value_date, external_id=external_id,  # type: ignore[arg-type]
    )  # fmt: skip
    session.show(session.call(lambda kamai: kamai.runs.PlanRun, asked).run)


@command(app, "show")
def show(run: Run) -> None:
    """One run: composition, funding, settlement."""
    session.show(session.call(lambda kamai: kamai.runs.GetRun, pb.GetRunRequest(id=run)).run)


@command(app, "lines")
def lines(run: Run, state: LineStates = None, limit: Limit = 200) -> None:
    """The lines of a run with their outcomes."""
    asked = obligation_pb2.ListAttemptsRequest(run_id=run, states=state or [])  # type: ignore[arg-type]
    session.show_list(lambda kamai: kamai.payouts.ListAttempts, asked, ATTEMPTS, limit)


@command(app, "submit")
def submit(run: Run) -> None:
    """Hand a plan to the approvers."""
    session.show(session.call(lambda kamai: kamai.runs.SubmitRun, pb.SubmitRunRequest(id=run)).run)


@command(app, "approve")
def approve(run: Run, digest: Digest) -> None:
    """Approve the digest; somebody else than the maker has to."""
    session.show(session.call(lambda kamai: kamai.runs.ApproveRun, pb.ApproveRunRequest(id=run, digest=digest)).run)


@command(app, "reject")
def reject(run: Run, reason: Reason) -> None:
    """Refuse it: a draft again."""
    session.show(session.call(lambda kamai: kamai.runs.RejectRun, pb.RejectRunRequest(id=run, reason=reason)).run)


@command(app, "recall")
def recall(run: Run, reason: Reason) -> None:
    """Take it back: a draft again, approvals void."""
    session.show(session.call(lambda kamai: kamai.runs.RecallRun, pb.RecallRunRequest(id=run, reason=reason)).run)


@command(app, "cancel")
def cancel(run: Run, reason: Reason) -> None:
    """Cancel a run that has not begun."""
    session.show(session.call(lambda kamai: kamai.runs.CancelRun, pb.CancelRunRequest(id=run, reason=reason)).run)


@command(app, "execute")
def execute(run: Run, digest: Digest) -> None:
    """Execute an approved run."""
    session.show(session.call(lambda kamai: kamai.runs.ExecuteRun, pb.ExecuteRunRequest(id=run, digest=digest)).run)


@command(app, "watch")
def watch(run: Run) -> None:
    """Follow a run until it is closed; as JSON, one object a line."""

    async def work(kamai: Kamai) -> None:
        told = waits = False
        async for reply in kamai.runs.WatchRun(pb.WatchRunRequest(id=run)):
            _show_state(reply.run)
            if not waits and reply.run.state == pb.RUN_STATE_APPROVED:
                waits = True
                session.hint(f"nothing is paid before somebody executes it: kamai runs execute {run} {reply.run.digest}")
            if not told and not session.current().json and _is_at_bank(reply.run):
                told = await _tell_when(kamai, run)

    session.run(work)


@command(app, "list")
def list_(client: OptionalId = "", state: States = None, limit: Limit = 50) -> None:
    """Runs, newest first."""
    asked = pb.ListRunsRequest(organisation_id=client, states=state or [])  # type: ignore[arg-type]
    columns = "id state funding currency net_total line_count value_date maker"
    session.show_list(lambda kamai: kamai.runs.ListRuns, asked, columns, limit)


@command(app, "history")
def history(run: Run, limit: Limit = 50) -> None:
    """Every step a run has taken."""
    session.show_list(lambda kamai: kamai.runs.ListRunTransitions, pb.ListRunTransitionsRequest(id=run), HISTORY, limit)


def _is_at_bank(run: pb.Run) -> bool:
    """Whether the bank has accepted a line and not booked it."""
    return any(line.state == obligation_pb2.ATTEMPT_STATE_ACCEPTED for line in run.settlement)


async def _tell_when(kamai: Kamai, run: str) -> bool:
    """The days on which the first accepted lines are expected; False when none of them has one."""
    asked = obligation_pb2.ListAttemptsRequest(run_id=run, states=[obligation_pb2.ATTEMPT_STATE_ACCEPTED], page_size=_LOOKED_AT)
    days = set()
    for line in (await kamai.payouts.ListAttempts(asked)).attempts:
        why = await kamai.payouts.WhyNotPaid(obligation_pb2.WhyNotPaidRequest(obligation_id=line.obligation_id))
        days.add(why.expected_on)
    expected = ", ".join(sorted(days - {""}))
    if expected:
        session.current().out.print(f"expected on {expected}: the bank books on its own day", highlight=False)
        if session.current().target.bank_url:
            session.hint("`kamai dev bank-day` moves the development bank's day on")
    return bool(expected)


def _show_state(run: pb.Run) -> None:
    current = session.current()
    if current.json:
        render.print_json_line(render.as_dict(run))
        return
    parts = [f"{render.cell(line, 'lines')} {render.cell(line, 'state')} {render.cell(line, 'net')}" for line in run.settlement]
    current.out.print(f"{render.styled(render.cell(run, 'state'))}  {'; '.join(parts)}")
