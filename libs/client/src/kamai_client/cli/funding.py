"""`kamai funding`: the accounts payouts are made from."""

from __future__ import annotations

from typing import Annotated

import typer
from kamai.payouts.v1 import funding_pb2 as pb

from kamai_client.cli import session
from kamai_client.cli.command import command, group
from kamai_client.cli.purchasing import Organisation
from kamai_client.cli.values import Limit, amount

app = group("funding", "Funding accounts and deposits.")


@command(app, "register")
def register(
    organisation: Organisation,
    account: Annotated[str, typer.Argument(metavar="IBAN", help="IBAN or account number")],
    currency: Annotated[str, typer.Argument(help="ISO 4217")],
    holder: Annotated[str, typer.Option(help="account holder as the bank knows it")],
    bank: Annotated[str, typer.Option(help="bank connection")] = "counterparty",
    bic: Annotated[str, typer.Option(help="BIC of the bank")] = "",
) -> None:
    """Register an account at a bank."""
    asked = pb.RegisterFundingAccountRequest(
        organisation_id=organisation, bank=bank, account=account.replace(" ", "").upper(), bic=bic, currency=currency.upper(),
        holder_name=holder,
    )  # fmt: skip
    session.show(session.call(lambda kamai: kamai.funding.RegisterFundingAccount, asked).funding_account)


@command(app, "list")
def list_(organisation: Organisation, limit: Limit = 50) -> None:
    """Accounts with their balances, oldest first."""
    columns = "id bank masked_account currency available reserved in_transit"
    asked = pb.ListFundingAccountsRequest(organisation_id=organisation)
    session.show_list(lambda kamai: kamai.funding.ListFundingAccounts, asked, columns, limit)


@command(app, "deposit")
def deposit(
    account: Annotated[str, typer.Argument(metavar="FUNDING_ID", help="funding_...")],
    money: Annotated[str, typer.Argument(metavar="AMOUNT", help="'5000.00 USD'")],
    reference: Annotated[str, typer.Option(help="the bank's reference; counts once")],
) -> None:
    """Record money that arrived."""
    asked = pb.RecordDepositRequest(funding_account_id=account, amount=amount(money, "AMOUNT"), bank_reference=reference)
    session.show(session.call(lambda kamai: kamai.funding.RecordDeposit, asked).funding_account)
