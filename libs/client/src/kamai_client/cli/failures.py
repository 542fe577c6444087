"""What people read when something goes wrong, and the exit codes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import grpc
import typer
from google.protobuf.message import Message
from kamai.ops.v1 import event_admin_pb2

from kamai_client import hints, target
from kamai_client.approvals import Approval
from kamai_client.cli import acting, own_token, render, violations
from kamai_client.cli.session import Session, asked, current
from kamai_client.client import AddressMissing
from kamai_client.errors import KamaiClientError
from kamai_client.target import TargetError

REFUSED, USAGE, OUT_OF_REACH = 1, 2, 3
_OUT_OF_REACH = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)

_ELSEWHERE = "set KAMAI_{ONBOARDING,CONTRACTS,PAYOUTS}_ADDR and KAMAI_TOKEN for another one"
_SERVICE_OF = {"onboarding": "onboarding", "contracts": "contracts", "payouts": "payouts", "banking": "payouts"}


@contextmanager
def reported(session: Session) -> Iterator[None]:
    """Turns what a command may raise into one or two lines and an exit code."""
    try:
        yield
    except KamaiClientError as error:
        _say(session, error)
        raise typer.Exit(OUT_OF_REACH if error.code in _OUT_OF_REACH else REFUSED) from None
    except (AddressMissing, TargetError) as error:
        if any(session.target.services.values()):
            _line(session, "NO_TARGET", str(error), "`make up` starts a stack of this checkout")
        else:
            _line(session, "NO_TARGET", "no stack is up here: `make up`", f"or {_ELSEWHERE}")
        raise typer.Exit(OUT_OF_REACH) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def wrong_usage(reason: str, message: str) -> NoReturn:
    """For what cannot be done as it was asked."""
    _line(current(), reason, message, "")
    raise typer.Exit(USAGE)


def unusable(message: str) -> NoReturn:
    """For a file that cannot be used."""
    wrong_usage("UNUSABLE_FILE", message)


def refused(reason: str, message: str) -> NoReturn:
    """For what is refused without a call."""
    _line(current(), reason, message, "")
    raise typer.Exit(REFUSED)


def out_of_reach(message: str) -> NoReturn:
    """For what is reached without a call."""
    _line(current(), "UNAVAILABLE", message, "")
    raise typer.Exit(OUT_OF_REACH)


def _say(session: Session, error: KamaiClientError) -> None:
    named = [{"field": v.field, "message": v.message, "code": v.code} for v in error.violations]
    missing = [{"type": p.type, "subject": p.subject, "message": p.description} for p in error.preconditions]
    advice = _advice(error)
    if session.json:
        said = {"reason": error.reason, "code": error.code.name, "message": error.message, "metadata": dict(error.metadata)}
        render.print_json({"error": said | {"violations": named, "preconditions": missing}})
        return
    details = [each["message"] for each in (*named, *missing)]
    repeats = bool(details) and all(each in error.message for each in details)
    _line(session, error.reason or error.code.name, "" if repeats else _message(session, error), "")
    for violation in error.violations:
        said_of_it = violations.in_words(violation, asked(), session.labels)
        session.err.print(f"  {violation.field}: {hints.in_commands(said_of_it)}", markup=False, highlight=False)
    for each in missing:
        session.err.print(
            f"  {each['type']} {each['subject']}: {hints.in_commands(each['message'])}", markup=False, highlight=False
        )
    if omitted := error.metadata.get("omitted"):
        session.err.print(f"  and {omitted} more: mend these first", markup=False, highlight=False)
    if error.retry_after_s:
        advice = f"try again in {error.retry_after_s:.1f} s"
    if advice:
        session.err.print(f"→ {advice}", style="yellow", markup=False, highlight=False)


def _message(session: Session, error: KamaiClientError) -> str:
    """Names the service where gRPC's own text speaks of sockets; a service that asks for a pause speaks for itself."""
    if error.code not in _OUT_OF_REACH or error.retry_after_s:
        return error.message
    service = error.service or service_of(asked())
    return f"{service} does not answer at {session.target.services[service]}" if service else error.message


def service_of(request: Message | None) -> str:
    """Which service a request goes to; "" where several take it."""
    return _SERVICE_OF.get(request.DESCRIPTOR.file.package.split(".")[1], "") if request is not None else ""


def _advice(error: KamaiClientError) -> str:
    request, permission = asked(), error.metadata.get("permission", "")
    if error.reason == "PERMISSION_DENIED" and (may := own_token.lacking(current(), permission) or acting.who_may(permission)):
        return may
    if error.reason == "UNAUTHENTICATED" and (why := own_token.why_unknown(current())):
        return why
    if error.reason == "STEP_UP_REQUIRED":
        wanted = Approval(error.metadata.get("action", "METHOD"), error.metadata.get("identifier", "ID"))
        return own_token.second_factor(current(), request, wanted)
    if error.reason == "UNAVAILABLE" and not error.retry_after_s:
        return target.stale(error.service or service_of(request)) or error.hint
    if request is None:
        return error.hint
    if error.reason == "NOT_FOUND" and request.DESCRIPTOR.file.name == event_admin_pb2.DESCRIPTOR.name:
        return "`kamai events dead list` shows what there is in which service"
    if error.reason == "DEADLINE_EXCEEDED" and "request_id" not in request.DESCRIPTOR.fields_by_name:
        return hints.BY_REASON["UNAVAILABLE"]  # a read has no outcome
    return error.hint


def _line(session: Session, reason: str, message: str, advice: str) -> None:
    session.err.print(f"[bold red]{reason}[/]", end=" ", highlight=False)
    session.err.print(hints.in_commands(message), markup=False, highlight=False)
    if advice:
        session.err.print(f"→ {advice}", style="yellow", markup=False, highlight=False)
