"""`kamai invoices`."""

from __future__ import annotations

from typing import Annotated

import typer
from kamai.contracts.v1 import invoice_pb2 as pb

from kamai_client.cli import session
from kamai_client.cli.command import command, group
from kamai_client.cli.history import HISTORY
from kamai_client.cli.values import Limit, OptionalId, Reason, enum_option

app = group("invoices", "Invoices: list, approve, void.")

Invoice = Annotated[str, typer.Argument(metavar="INVOICE_ID", help="invoice_...")]
States = Annotated[list[int] | None, enum_option(pb.InvoiceState, "--state", about="only these")]


@command(app, "show")
def show(invoice: Invoice) -> None:
    """One invoice."""
    session.show(session.call(lambda kamai: kamai.invoices.GetInvoice, pb.GetInvoiceRequest(id=invoice)).invoice)


@command(app, "list")
def list_(
    client: OptionalId = "", contractor: OptionalId = "", contract: OptionalId = "", state: States = None, limit: Limit = 50
) -> None:
    """Invoices, newest first."""
    asked = pb.ListInvoicesRequest(
        organisation_id=client, contractor_id=contractor, contract_id=contract, states=state or []  # type: ignore[arg-type]
    )  # fmt: skip
    columns = "id number state total paid due_date contractor_id"
    session.show_list(lambda kamai: kamai.invoices.ListInvoices, asked, columns, limit)


@command(app, "approve")
def approve(invoice: Invoice, reason: Reason) -> None:
    """Approve an invoice that did not match."""
    asked = pb.ApproveInvoiceRequest(id=invoice, reason=reason)
    session.show(session.call(lambda kamai: kamai.invoices.ApproveInvoice, asked).invoice)


@command(app, "void")
def void(invoice: Invoice, reason: Reason) -> None:
    """Withdraw an invoice that is not approved."""
    asked = pb.VoidInvoiceRequest(id=invoice, reason=reason)
    session.show(session.call(lambda kamai: kamai.invoices.VoidInvoice, asked).invoice)


@command(app, "history")
def history(invoice: Invoice, limit: Limit = 50) -> None:
    """Every step an invoice has taken."""
    asked = pb.ListInvoiceTransitionsRequest(id=invoice)
    session.show_list(lambda kamai: kamai.invoices.ListInvoiceTransitions, asked, HISTORY, limit)
