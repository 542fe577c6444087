"""`kamai ledger`."""

from __future__ import annotations

from typing import Annotated

import typer
from kamai.payouts.v1 import bank_pb2 as pb

from kamai_client.cli import failures, session
from kamai_client.cli.command import command, group
from kamai_client.cli.values import Limit, OptionalId

app = group("ledger", "The double-entry ledger.")


@command(app, "accounts")
def accounts(client: OptionalId = "", limit: Limit = 200) -> None:
    """Accounts with balances; debits are positive."""
    asked = pb.ListLedgerAccountsRequest(organisation_id=client)
    session.show_list(lambda kamai: kamai.ledger.ListLedgerAccounts, asked, "account balance held", limit)


@command(app, "postings")
def postings(account: Annotated[str, typer.Argument(metavar="PATH", help="account path")], limit: Limit = 50) -> None:
    """Entries of an account, newest first."""
    columns = "posted_at kind amount reference transaction_id"
    session.show_list(lambda kamai: kamai.ledger.ListPostings, pb.ListPostingsRequest(account=account), columns, limit)


@command(app, "check")
def check() -> None:
    """Add everything up again; exit code 1 if the ledger is damaged."""
    reply = session.call(lambda kamai: kamai.ledger.CheckLedger, pb.CheckLedgerRequest())
    damaged = bool(reply.unbalanced_transactions or reply.wrong_balances)
    if session.current().json:
        session.show(reply)
    else:
        print(f"{reply.transactions} transactions, {reply.postings} postings: {'DAMAGED' if damaged else 'sums to zero'}")
        print(f"{reply.unbalanced_transactions} unbalanced transactions, {reply.wrong_balances} wrong balances")
    if damaged:
        raise typer.Exit(failures.REFUSED)
