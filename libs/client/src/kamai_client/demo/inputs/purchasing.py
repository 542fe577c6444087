"""organisations.csv and purchase_orders.csv."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from kamai.contracts.v1 import purchasing_pb2 as pb

from kamai_client.demo.inputs.files import is_broken, read_rows
from kamai_client.demo.inputs.parsing import HARMLESS
from kamai_client.demo.inputs.rows import ANY_REQUEST, Known, Problem, Row

ORGANISATIONS, ORDERS = "organisations.csv", "purchase_orders.csv"
_ORDER_COLUMNS = {
    name: name for name in ("number", "currency", "description", "cost_centre", "ceiling", "tolerance_bps")
}  # of a line too
_ANY_ID = "org_" + "0" * 26  # the rules ask for an id; the real one is known once it is created


@dataclass(frozen=True)
class OrganisationInput:
    """`signer` signs contracts for it."""

    key: str
    line: int
    legal_name: str
    country: str
    signer: str


@dataclass
class OrderInput:
    number: str
    line: int
    organisation: OrganisationInput
    currency: str
    tolerance_bps: int
    lines: list[pb.PurchaseOrderLine] = field(default_factory=list)


def read_organisations(folder: Path, problems: list[Problem]) -> Known[OrganisationInput]:
    known: Known[OrganisationInput] = Known(ORGANISATIONS)
    required = ("key", "legal_name", "country", "signer")
    for row in read_rows(folder / ORGANISATIONS, required, (), problems, rows_needed=True):
        found = OrganisationInput(
            row.text("key"), row.line, row.text("legal_name"), row.text("country").upper(), row.text("signer")
        )
        asked = pb.CreateOrganisationRequest(
            request_id=ANY_REQUEST, legal_name=found.legal_name, country=found.country, external_id=f"demo/{found.key}"
        )
        row.check(asked, {"legal_name": "legal_name", "country": "country", "external_id": "key"})
        known.add(row, found.key, found, problems)
    known.broken = is_broken(ORGANISATIONS, problems)
    return known


def read_orders(folder: Path, organisations: Known[OrganisationInput], problems: list[Problem]) -> Known[OrderInput]:
    """Rows with the same number are lines of one order; one bad line leaves the others."""
    known: Known[OrderInput] = Known(ORDERS)
    required, optional = ("number", "organisation", "currency", "description", "ceiling"), ("cost_centre", "tolerance_bps")
    for row in read_rows(folder / ORDERS, required, optional, problems, rows_needed=True):
        number = row.text("number")
        order = _order(row, number, organisations)
        same = known.good.get(number)
        if order and same and (order.organisation.key, order.currency) != (same.organisation.key, same.currency):
            row.wrong("number", f"line {same.line} gives {number} another organisation or currency")
        problems += row.problems
        if row.problems or order is None:
            if same is None:
                known.spoil(number, f"{ORDERS}:{row.line}" if row.problems else "", order)
        elif same is None:
            known.bad.pop(number, None)
            known.good[number] = order
        else:
            order.lines[0].line_number = len(same.lines) + 1
            same.lines += order.lines
    known.broken = is_broken(ORDERS, problems)
    return known


def _order(row: Row, number: str, organisations: Known[OrganisationInput]) -> OrderInput | None:
    row.refers_to("organisation", organisations)
    organisation = row.about("organisation", organisations)
    currency = row.currency("currency")
    line = pb.PurchaseOrderLine(
        line_number=1, description=row.text("description"), cost_centre=row.text("cost_centre", required=False),
        ceiling=row.amount("ceiling", currency),
    )  # fmt: skip
    tolerance_bps = row.whole("tolerance_bps", 1000)
    asked = pb.CreatePurchaseOrderRequest(
        request_id=ANY_REQUEST, organisation_id=_ANY_ID, number=number, currency=currency or HARMLESS.currency, lines=[line],
        tolerance_bps=tolerance_bps,
    )  # fmt: skip
    row.check(asked, _ORDER_COLUMNS)
    return OrderInput(number, row.line, organisation, currency, tolerance_bps, [line]) if organisation else None
