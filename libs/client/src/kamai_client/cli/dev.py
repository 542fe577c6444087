"""`kamai dev`: helpers for the development stack."""

from __future__ import annotations

import asyncio
import importlib.util
import shlex
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from kamai_client import approvals
from kamai_client import iban as ibans
from kamai_client.cli import failures, session
from kamai_client.cli.command import command, group
from kamai_client.cli.render import print_json
from kamai_client.cli.values import amount
from kamai_client.target import DEFAULT_SUBJECT
from kamai_client.tokens import ROLES, ROLES_BY_BINDING, binding

if TYPE_CHECKING:
    from kamai_client.demo.bank_control import BankControl

T = TypeVar("T")
app = group("dev", "Helpers for the development stack.")


@command(app, "token")
def token(
    role: Annotated[
        list[str] | None, typer.Option(help=f"{', '.join(ROLES)}; without it, all that fit what the token is bound to")
    ] = None,
    approve: Annotated[
        list[str] | None,
        typer.Option(metavar="METHOD=ID", help="what a second factor was shown for, just now: ID is a digest or an id"),
    ] = None,
    expires_in: Annotated[int, typer.Option(metavar="SECONDS", min=1, max=86_400)] = 3600,
) -> None:
    """Print a bearer token for --as and --for, for example for grpcurl."""
    current = session.current()
    if unknown := [name for name in role or () if name not in ROLES]:
        raise typer.BadParameter(f"--role: no such role: {', '.join(unknown)}; there are {', '.join(ROLES)}")
    _require_sense(current.acting_for, role or ())
    try:
        bound = binding(current.acting_for)
        approves = [approvals.parse(each) for each in approve or ()]
        signed = current.target.dev_tokens().sign(
            current.subject or DEFAULT_SUBJECT, bound.get("organisation_id", ""), role or (),
            contractor_id=bound.get("contractor_id", ""), bank=bound.get("bank", ""), approves=approves,
            lifetime_s=expires_in,
        )  # fmt: skip
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    print(signed)


def _require_sense(acting_for: str, roles: Sequence[str]) -> None:
    """What a service would not count is refused here, with the reason."""
    claim = "bank" if ":" in acting_for else acting_for.partition("_")[0]
    if idle := [name for name in roles if name not in ROLES_BY_BINDING[claim]]:
        bound = f"a token for {acting_for}" if acting_for else "a token of the platform (no --for)"
        counts = ", ".join(ROLES_BY_BINDING[claim])
        raise typer.BadParameter(f"--role: {', '.join(idle)} does not count in {bound}; there {counts} do")


@command(app, "bank-account")
def bank_account(
    balance: Annotated[str, typer.Argument(metavar="BALANCE", help="what is on it, for example '50000.00 USD'")],
    holder: Annotated[str, typer.Option(help="account holder")],
    iban: Annotated[str, typer.Option(help="its number; without it, one is made")] = "",
) -> None:
    """Open an account at the development bank, or give the one with this IBAN another balance.

    The bank of the stack knows only the accounts it was told of: a payout from any other is refused.
    """
    money = amount(balance, "BALANCE")
    try:
        number = ibans.parse(iban) if iban else ibans.invented()
    except ValueError as error:
        raise typer.BadParameter(f"--iban: {error}") from None
    _at_bank(lambda bank: bank.open_account(holder, number, money.currency, money.amount_minor))
    if session.current().json:
        print_json({"iban": number, "currency": money.currency, "balance_minor": money.amount_minor})
        return
    print(number)
    bic = f"MOCK{number[:2]}2LXXX"  # any of its country: this bank answers to all
    owner = session.current().acting_for or "ORG_ID"
    session.hint(f"kamai funding register {owner} {number} {money.currency} --holder {shlex.quote(holder)} --bic {bic}")


@command(app, "bank-day")
def bank_day(
    days: Annotated[int, typer.Argument(metavar="DAYS", min=1, max=366, help="how many days it moves on")] = 1,
) -> None:
    """Move the development bank's day on: what it accepted is booked on its value date, and not before."""
    _at_bank(lambda bank: bank.advance_days(days))
    today = _at_bank(lambda bank: bank.today())
    if session.current().json:
        print_json({"today": today.isoformat()})
        return
    print(f"the bank's day is {today:%Y-%m-%d}, a {today:%A}")


def _at_bank(ask: Callable[[BankControl], Awaitable[T]]) -> T:
    """Does something at the desk of the stack's bank."""
    url = session.current().target.bank_url
    if importlib.util.find_spec("httpx") is None:
        raise typer.BadParameter("this needs httpx: pip install 'kamai-client[demo]'")
    if not url:
        failures.out_of_reach("no development bank: start a stack with `make up`, or set KAMAI_BANK_URL")
    from kamai_client.demo.bank_control import BankControl, BankControlError, BankOutOfReach

    async def work() -> T:
        async with BankControl(url) as bank:
            return await ask(bank)

    try:
        return asyncio.run(work())
    except BankOutOfReach as error:
        failures.out_of_reach(str(error))
    except BankControlError as error:
        failures.refused("REFUSED", str(error))


@command(app, "where")
def where() -> None:
    """Which addresses commands of this directory call."""
    target = session.current().target
    for name, address in {**target.services, "bank": target.bank_url, "kafka": target.bootstrap}.items():
        print(f"{name:<12}{address or '-'}")
