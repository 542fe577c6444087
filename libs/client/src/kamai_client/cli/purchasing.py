"""`kamai orgs` and `kamai orders`."""

from __future__ import annotations

from typing import Annotated

import typer
from kamai.contracts.v1 import purchasing_pb2 as pb

from kamai_client.cli import session
from kamai_client.cli.command import command, group
from kamai_client.cli.history import HISTORY
from kamai_client.cli.values import Limit, Reason, amount, amount_in

orgs = group("orgs", "Client organisations.")
orders = group("orders", "Purchase orders.")

Organisation = Annotated[str, typer.Argument(metavar="ORG_ID", help="org_...")]
Order = Annotated[str, typer.Argument(metavar="ORDER_ID", help="po_...")]


@command(orgs, "create")
def create(
    name: Annotated[str, typer.Argument(help="legal name")],
    country: Annotated[str, typer.Argument(help="country of its seat")],
    external_id: Annotated[str, typer.Option(help="your own reference")] = "",
) -> None:
    """Create a client organisation."""
    asked = pb.CreateOrganisationRequest(legal_name=name, country=country.upper(), external_id=external_id)
    session.show(session.call(lambda kamai: kamai.organisations.CreateOrganisation, asked).organisation)


@command(orgs, "show")
def show(organisation: Organisation) -> None:
    """One organisation."""
    asked = pb.GetOrganisationRequest(id=organisation)
    session.show(session.call(lambda kamai: kamai.organisations.GetOrganisation, asked).organisation)


@command(orgs, "list")
def list_(limit: Limit = 50) -> None:
    """Organisations, newest first."""
    columns = "id legal_name country external_id create_time"
    session.show_list(lambda kamai: kamai.organisations.ListOrganisations, pb.ListOrganisationsRequest(), columns, limit)


@command(orders, "create")
def create_order(
    organisation: Organisation,
    number: Annotated[str, typer.Argument(help="number in the buyer's system")],
    currency: Annotated[str, typer.Argument(help="ISO 4217")],
    line: Annotated[list[str], typer.Option(help="for example 'Design=20000.00@CC-7'")],
    tolerance_bps: Annotated[int | None, typer.Option(help="how far an invoice may exceed its commitment; 1000 = 10 %")] = None,
) -> None:
    """Open a purchase order."""
    lines = [_line(number, text, currency.upper()) for number, text in enumerate(line, 1)]
    asked = pb.CreatePurchaseOrderRequest(
        organisation_id=organisation, number=number, currency=currency.upper(), lines=lines, tolerance_bps=tolerance_bps
    )
    session.show(session.call(lambda kamai: kamai.purchase_orders.CreatePurchaseOrder, asked).purchase_order)


@command(orders, "show")
def show_order(order: Order) -> None:
    """One order with what is committed, invoiced and left."""
    asked = pb.GetPurchaseOrderRequest(id=order)
    session.show(session.call(lambda kamai: kamai.purchase_orders.GetPurchaseOrder, asked).purchase_order)


@command(orders, "list")
def list_orders(organisation: Organisation, limit: Limit = 50) -> None:
    """Orders of an organisation, newest first."""
    columns = "id number state ceiling committed invoiced available"
    asked = pb.ListPurchaseOrdersRequest(organisation_id=organisation)
    session.show_list(lambda kamai: kamai.purchase_orders.ListPurchaseOrders, asked, columns, limit)


@command(orders, "amend")
def amend(
    order: Order,
    ceiling: Annotated[
        list[str], typer.Option(metavar="LINE=AMOUNT", help="new ceiling of a line, for example '1=25000.00 USD'")
    ],
    reason: Reason,
    etag: Annotated[str, typer.Option(help="version that was read; without it, the current one")] = "",
) -> None:
    """Raise or lower ceilings of lines; contracts waiting for the room are proposed or signed again afterwards."""
    ceilings = [_ceiling(text) for text in ceiling]
    if not etag:
        read = pb.GetPurchaseOrderRequest(id=order)
        etag = session.call(lambda kamai: kamai.purchase_orders.GetPurchaseOrder, read).purchase_order.etag
    asked = pb.AmendPurchaseOrderRequest(id=order, etag=etag, ceilings=ceilings, reason=reason)
    session.show(session.call(lambda kamai: kamai.purchase_orders.AmendPurchaseOrder, asked).purchase_order)
    session.hint(
        "contracts that waited for the room: `kamai contracts list --state pending-approval`, then `kamai contracts sign`;"
        " drafts: `kamai contracts propose`"
    )


@command(orders, "amendments")
def amendments(order: Order, limit: Limit = 50) -> None:
    """Every ceiling that was changed, oldest first."""
    columns = "occurred_at line_number from_ceiling to_ceiling actor reason version"
    asked = pb.ListPurchaseOrderAmendmentsRequest(id=order)
    session.show_list(lambda kamai: kamai.purchase_orders.ListPurchaseOrderAmendments, asked, columns, limit)


@command(orders, "history")
def history(order: Order, limit: Limit = 50) -> None:
    """Every step an order has taken."""
    asked = pb.ListPurchaseOrderTransitionsRequest(id=order)
    session.show_list(lambda kamai: kamai.purchase_orders.ListPurchaseOrderTransitions, asked, HISTORY, limit)


@command(orders, "close")
def close(order: Order, reason: Reason) -> None:
    """Close an order to new contracts and invoices."""
    asked = pb.ClosePurchaseOrderRequest(id=order, reason=reason)
    session.show(session.call(lambda kamai: kamai.purchase_orders.ClosePurchaseOrder, asked).purchase_order)


def _ceiling(text: str) -> pb.LineCeiling:
    line, equals, money = text.partition("=")
    if not equals or not line.isascii() or not line.isdigit():
        raise typer.BadParameter(f"--ceiling {text!r}: write it as LINE=AMOUNT, for example '1=25000.00 USD'")
    return pb.LineCeiling(line_number=int(line), ceiling=amount(money, f"--ceiling {line}"))


def _line(number: int, text: str, currency: str) -> pb.PurchaseOrderLine:
    description, equals, rest = text.rpartition("=")
    ceiling, _, cost_centre = rest.partition("@")
    if not equals:
        raise typer.BadParameter(f"--line {text!r}: write it as DESCRIPTION=CEILING[@COST_CENTRE]")
    return pb.PurchaseOrderLine(
        line_number=number, description=description, cost_centre=cost_centre, ceiling=amount_in(ceiling, currency, "--line")
    )
