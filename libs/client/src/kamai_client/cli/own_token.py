"""What KAMAI_TOKEN itself says of why a call was refused, and the commands that give another one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import jwt
from google.protobuf.message import Message

from kamai_client.approvals import Approval
from kamai_client.cli import acting
from kamai_client.cli.session import Session
from kamai_client.tokens import BINDINGS, ROLES_BY_BINDING


def _used(session: Session) -> str:
    """The token when calls are made with it; else ""."""
    return "" if session.subject or session.acting_for else session.target.token


def _claims(token: str) -> Mapping[str, Any]:
    """Empty when it cannot be read. Nothing is verified: that is for the service."""
    try:
        found: Mapping[str, Any] = jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return {}
    return found


def _bound(claims: Mapping[str, Any]) -> tuple[str, str]:
    """The claim that binds it, and --for with its value."""
    for claim in filter(None, BINDINGS):
        if value := claims.get(claim):
            return claim, f"--for bank:{value}" if claim == "bank" else f"--for {value}"
    return "", ""


def why_unknown(session: Session) -> str:
    """Why a service does not know the caller, if the token shows it."""
    token = _used(session)
    if not token:
        return ""
    claims = _claims(token)
    if not claims:
        return "KAMAI_TOKEN cannot be read: it is no JSON Web Token; sign in again, or unset it to act as a development person"
    expires = claims.get("exp")
    if isinstance(expires, int | float) and expires <= datetime.now(UTC).timestamp():
        at = datetime.fromtimestamp(expires, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        return f"KAMAI_TOKEN expired at {at}: sign in again; for development: {_command(session, ())}"
    return ""


def lacking(session: Session, permission: str) -> str:
    """Which role a token that is bound as it has to be lacks."""
    claims = _claims(_used(session))
    if not claims:
        return ""
    claim, whom = _bound(claims)
    may = [role for role in acting.roles_with(permission) if role in ROLES_BY_BINDING[claim]]
    if not may:
        return ""
    held = ", ".join(map(str, claims.get("roles") or ())) or "no role"
    return f"KAMAI_TOKEN{f' ({whom})' if whom else ''} has {held}; this needs {' or '.join(may)}"


def second_factor(session: Session, request: Message | None, wanted: Approval) -> str:
    """How to show one for this request, as the service wants it."""
    roles = acting.roles_for(request) if request is not None else ()
    command = _command(session, ("--approve", wanted.text), roles, request)
    return f"sign in again with a second factor; for development: {command}"


def _command(session: Session, more: tuple[str, ...], roles: tuple[str, ...] = (), request: Message | None = None) -> str:
    """That exports a new token for the same person."""
    claims = _claims(_used(session))
    claim, whom = _bound(claims)
    if not claims and (acts_for := session.acting_for or (acting.organisation_of(request) if request is not None else "")):
        claim, whom = ("bank" if ":" in acts_for else acts_for.partition("_")[0]), f"--for {acts_for}"
    person = f"--as {claims['sub']}" if claims.get("sub") else f"--as {session.subject}" if session.subject else ""
    role = next((f"--role {each}" for each in roles if each in ROLES_BY_BINDING.get(claim, ())), "")
    parts = " ".join(filter(None, (person, whom, role, *more)))
    return f'export KAMAI_TOKEN="$(kamai dev token {parts})"'.replace(" )", ")")
