"""`kamai accounts`: freelancer accounts at partner banks."""

from __future__ import annotations

from typing import Annotated

import typer
from kamai.banking.v1 import freelancer_account_pb2 as pb

from kamai_client.cli import session
from kamai_client.cli.command import command, group
from kamai_client.cli.contractors import Contractor
from kamai_client.cli.history import HISTORY
from kamai_client.cli.values import Limit, OptionalId, Reason, enum_argument

app = group("accounts", "Freelancer accounts kept by partner banks.")

Account = Annotated[str, typer.Argument(metavar="ACCOUNT_ID", help="account_...")]


@command(app, "apply")
def apply(
    contractor: Contractor,
    bank: Annotated[str, typer.Argument(help="partner bank, for example indus")],
    currency: Annotated[str, typer.Argument(help="ISO 4217")],
) -> None:
    """Apply for an account."""
    asked = pb.ApplyForAccountRequest(contractor_id=contractor, bank=bank, currency=currency.upper())
    session.show(session.call(lambda kamai: kamai.accounts.ApplyForAccount, asked).account)


@command(app, "decide")
def decide(
    account: Account,
    decision: Annotated[int, enum_argument(pb.ApplicationDecision, "open or decline")],
    reason: Reason,
) -> None:
    """The bank's decision on an application."""
    asked = pb.DecideApplicationRequest(id=account, decision=decision, reason=reason)  # type: ignore[arg-type]
    session.show(session.call(lambda kamai: kamai.accounts.DecideApplication, asked).account)


@command(app, "activate")
def activate(account: Account) -> None:
    """The bank activates an opened account."""
    session.show(session.call(lambda kamai: kamai.accounts.ActivateAccount, pb.ActivateAccountRequest(id=account)).account)


@command(app, "show")
def show(account: Account) -> None:
    """One account."""
    asked = pb.GetFreelancerAccountRequest(id=account)
    session.show(session.call(lambda kamai: kamai.accounts.GetFreelancerAccount, asked).account)


@command(app, "list")
def list_(contractor: OptionalId = "", bank: str = "", limit: Limit = 50) -> None:
    """Accounts, newest first."""
    columns = "id bank currency state credited tracking_number contractor_id"
    asked = pb.ListFreelancerAccountsRequest(contractor_id=contractor, bank=bank)
    session.show_list(lambda kamai: kamai.accounts.ListFreelancerAccounts, asked, columns, limit)


@command(app, "credits")
def credits_(account: OptionalId = "", limit: Limit = 50) -> None:
    """Credits, newest first."""
    columns = "id state expected credited short_credit end_to_end_id account_id"
    session.show_list(lambda kamai: kamai.accounts.ListCredits, pb.ListCreditsRequest(account_id=account), columns, limit)


@command(app, "history")
def history(account: Account, limit: Limit = 50) -> None:
    """Every step an account has taken."""
    asked = pb.ListAccountTransitionsRequest(id=account)
    session.show_list(lambda kamai: kamai.accounts.ListAccountTransitions, asked, HISTORY, limit)
