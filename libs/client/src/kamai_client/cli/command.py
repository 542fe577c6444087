"""Registers commands: each gets --json, --as and --for, and reports errors in words."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

import typer

from kamai_client import tokens
from kamai_client.cli import failures, metavars, session
from kamai_client.cli.session import Session

_PANEL = "Common options"
_SHARED = {
    "as_json": Annotated[bool, typer.Option("--json", help="print JSON with stable keys", rich_help_panel=_PANEL)],
    "acting_as": Annotated[
        str, typer.Option("--as", envvar="KAMAI_AS", help="development person to act as", rich_help_panel=_PANEL)
    ],
    "acting_for": Annotated[
        str,
        typer.Option(
            "--for",
            "--org",
            envvar="KAMAI_FOR",
            rich_help_panel=_PANEL,
            help="whom to act for: org_..., contractor_... or bank:NAME; else the organisation a command names, or the platform",
        ),
    ],
}
_DEFAULTS = {"as_json": False, "acting_as": "", "acting_for": ""}
Function = Callable[..., None]


def group(name: str, about: str) -> typer.Typer:
    """A group of commands; without a command it prints its help."""
    return typer.Typer(name=name, help=about, no_args_is_help=True)


def command(app: typer.Typer, name: str) -> Callable[[Function], Function]:
    """Registers a function under `name`; its docstring is the help text."""

    def register(function: Function) -> Function:
        @wraps(function)
        def wrapper(*, as_json: bool, acting_as: str, acting_for: str, **arguments: Any) -> None:
            made = Session(acting_as, acting_for, as_json, labels)
            session.enter(made)
            try:
                tokens.binding(acting_for)
            except ValueError as error:
                raise typer.BadParameter(f"--for {acting_for}: {error}") from None
            if made.target.token and (acting_as or acting_for):
                session.hint("KAMAI_TOKEN is not used: --as, --for, KAMAI_AS and KAMAI_FOR act as a development person")
            with failures.reported(made):
                function(**arguments)

        own = list(inspect.signature(function, eval_str=True).parameters.values())
        shared = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=_DEFAULTS[name], annotation=annotation)
            for name, annotation in _SHARED.items()
        ]
        keyword = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own]
        parameters = [metavars.named(each) for each in (*keyword, *shared)]
        labels = {each.name: metavars.label(each) for each in parameters[: len(keyword)]}
        described: Any = wrapper
        described.__signature__ = inspect.Signature(parameters)
        described.__annotations__ = {each.name: each.annotation for each in parameters}
        del described.__wrapped__
        app.command(name)(wrapper)
        return function

    return register
