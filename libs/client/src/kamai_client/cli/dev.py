"""`kamai dev`: helpers for the development stack."""

from __future__ import annotations

from typing import Annotated

import typer

from kamai_client.cli import session
from kamai_client.cli.command import command, group
from kamai_client.target import DEFAULT_SUBJECT
from kamai_client.tokens import ROLES

app = group("dev", "Helpers for the development stack.")


@command(app, "token")
def token(
    role: Annotated[list[str] | None, typer.Option(help="role claim; without it, all of them")] = None,
) -> None:
    """Print a bearer token for --as and --org, for example for grpcurl."""
    current = session.current()
    tokens = current.target.dev_tokens()
    print(tokens.sign(current.subject or DEFAULT_SUBJECT, current.organisation_id, role or ROLES))


@command(app, "where")
def where() -> None:
    """Which addresses commands of this directory call."""
    target = session.current().target
    for name, address in {**target.services, "bank": target.bank_url, "kafka": target.bootstrap}.items():
        print(f"{name:<12}{address or '-'}")
