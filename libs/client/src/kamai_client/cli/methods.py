"""`kamai methods`: payout methods."""

from __future__ import annotations

from typing import Annotated

import typer
from kamai.onboarding.v1 import payout_method_pb2 as pb

from kamai_client.cli import session
from kamai_client.cli.command import command, group
from kamai_client.cli.contractors import Contractor
from kamai_client.cli.values import Limit, Reason, pairs

app = group("methods", "Payout methods: where a contractor wants the money.")

Country = Annotated[str, typer.Argument(help="country of the account, ISO 3166-1 alpha-2")]
Currency = Annotated[str, typer.Argument(help="ISO 4217")]
Fields = Annotated[list[str] | None, typer.Option("--field", "-f", help="NAME=VALUE, for example iban=PK36...")]


@command(app, "requirements")
def requirements(country: Country, currency: Currency, field: Fields = None) -> None:
    """Which fields an account of a country and currency has."""
    known = pairs(field or [], "--field")
    asked = pb.GetPayoutMethodRequirementsRequest(country=country.upper(), currency=currency.upper(), fields=known)
    reply = session.call(lambda kamai: kamai.payout_methods.GetPayoutMethodRequirements, asked)
    session.show_items(list(reply.fields), "name label required pattern example")


@command(app, "add")
def add(
    contractor: Contractor,
    country: Country,
    currency: Currency,
    field: Fields = None,
    holder: Annotated[str, typer.Option(help="account holder; without it, the legal name")] = "",
    purpose: Annotated[str, typer.Option(help="purpose-of-payment code, for example 9186")] = "",
    partner_bank: Annotated[str, typer.Option(help="partner bank that keeps the account")] = "",
) -> None:
    """Add a method; it becomes the current one of its currency."""
    asked = pb.AddPayoutMethodRequest(
        contractor_id=contractor, country=country.upper(), currency=currency.upper(), holder_name=holder,
        fields=pairs(field or [], "--field"), purpose_code=purpose, partner_bank=partner_bank,
    )  # fmt: skip
    session.show(session.call(lambda kamai: kamai.payout_methods.AddPayoutMethod, asked).payout_method)


@command(app, "list")
def list_(contractor: Contractor, limit: Limit = 50) -> None:
    """The methods of a contractor, current ones first."""
    columns = "id state country currency masked_fields bank_name usable_from partner_bank"
    asked = pb.ListPayoutMethodsRequest(contractor_id=contractor)
    session.show_list(lambda kamai: kamai.payout_methods.ListPayoutMethods, asked, columns, limit)


@command(app, "disable")
def disable(method: Annotated[str, typer.Argument(metavar="METHOD_ID", help="method_...")], reason: Reason) -> None:
    """Take a method out of use."""
    asked = pb.DisablePayoutMethodRequest(id=method, reason=reason)
    session.show(session.call(lambda kamai: kamai.payout_methods.DisablePayoutMethod, asked).payout_method)
