"""The command line `kamai`: one group of commands for each kind of thing."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from kamai_client.cli import (
    accounts,
    audit,
    banks,
    contractors,
    contracts,
    dev,
    events,
    funding,
    invoices,
    ledger,
    methods,
    payouts,
    personal,
    purchasing,
    reviews,
    runs,
    screenings,
    sessions,
    work,
)
from kamai_client.cli.demo import demo

ABOUT = """Kamai from the command line: contractors, contracts, payouts, banks.

Services are found in KAMAI_ONBOARDING_ADDR, KAMAI_CONTRACTS_ADDR and KAMAI_PAYOUTS_ADDR, else in the development stack of this
checkout. Exit codes: 1 refused, 2 wrong usage, 3 a service is out of reach.
"""
GROUPS = (
    contractors.app, methods.app, personal.app, reviews.app,
    screenings.watchlists, screenings.screenings, purchasing.orgs, purchasing.orders,
    contracts.app, work.milestones, work.timesheets, sessions.app, work.app, invoices.app, funding.app, runs.app, payouts.app,
    banks.app, ledger.app, accounts.app, audit.app, events.app, dev.app,
)  # fmt: skip

app = typer.Typer(help=ABOUT, no_args_is_help=True, pretty_exceptions_enable=False)
for each in GROUPS:
    app.add_typer(each)
app.command("demo")(demo)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"kamai {version('kamai-client')}")
        raise typer.Exit


@app.callback()
def root(
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="print the version and exit")] = False,
) -> None:
    pass


def main() -> int:
    """Entry point of `kamai`."""
    try:
        app()
    except BrokenPipeError:  # the reader of a pipe has seen enough
        sys.stderr.close()
        return 0
    return 0
