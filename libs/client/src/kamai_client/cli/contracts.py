"""`kamai contracts`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from kamai.contracts.v1 import contract_pb2 as pb

from kamai_client.cli import render, session
from kamai_client.cli.command import command, group
from kamai_client.cli.history import HISTORY
from kamai_client.cli.new_files import new_file
from kamai_client.cli.terms import terms
from kamai_client.cli.values import Limit, OptionalId, Reason, enum_argument, enum_option

app = group("contracts", "Contracts: draft, propose, sign, end.")

Contract = Annotated[str, typer.Argument(metavar="CONTRACT_ID", help="contract_...")]
States = Annotated[list[int] | None, enum_option(pb.ContractState, "--state", about="only these")]


@command(app, "draft")
def draft(
    organisation: Annotated[str, typer.Argument(metavar="ORG_ID", help="org_...")],
    contractor: Annotated[str, typer.Argument(metavar="CONTRACTOR_ID", help="contractor_...")],
    order: Annotated[str, typer.Argument(metavar="ORDER_ID", help="po_...")],
    file: Annotated[Path | None, typer.Option("--file", help="ContractTerms as JSON; - is standard input")] = None,
    title: str = "",
    currency: str = "",
    start: Annotated[str, typer.Option(metavar="DATE", help="first day, 2026-12-01")] = "",
    milestone: Annotated[list[str] | None, typer.Option(help="makes a fixed contract: 'Design=1200.00@2026-12-15'")] = None,
    rate: Annotated[str, typer.Option(help="price of a unit of time; makes a contract by time")] = "",
    unit: Annotated[int, enum_option(pb.TimeUnit, about="hour or day")] = pb.TIME_UNIT_HOUR,
    weekly_cap: Annotated[str, typer.Option(help="most units a week")] = "40",
    budget: Annotated[str, typer.Option(help="most that may be spent on it")] = "",
    external_id: str = "",
) -> None:
    """Draft a contract: fixed by --milestone, by time by --rate, anything (sessions too) by --file."""
    agreed = terms(file, title, currency.upper(), start, milestone or [], (rate, unit, weekly_cap, budget))
    asked = pb.DraftContractRequest(
        organisation_id=organisation, contractor_id=contractor, purchase_order_id=order, terms=agreed, external_id=external_id
    )
    session.show(session.call(lambda kamai: kamai.contracts.DraftContract, asked).contract)


@command(app, "propose")
def propose(contract: Contract) -> None:
    """Send a draft for signature after the budget check."""
    asked = pb.ProposeContractRequest(id=contract)
    session.show(session.call(lambda kamai: kamai.contracts.ProposeContract, asked).contract)


@command(app, "sign")
def sign(
    contract: Contract,
    party: Annotated[int, enum_argument(pb.SigningParty, "client or contractor")],
    name: Annotated[str, typer.Option(help="name of the signer")],
    sha256: Annotated[str, typer.Option(help="of the document you have seen: `kamai contracts document` prints it")],
) -> None:
    """Sign for one party; the client signs first."""
    asked = pb.SignContractRequest(id=contract, party=party, signer_name=name, document_sha256=sha256)  # type: ignore[arg-type]
    session.show(session.call(lambda kamai: kamai.contracts.SignContract, asked).contract)


@command(app, "decline")
def decline(contract: Contract, reason: Reason) -> None:
    """The contractor declines."""
    asked = pb.DeclineContractRequest(id=contract, reason=reason)
    session.show(session.call(lambda kamai: kamai.contracts.DeclineContract, asked).contract)


@command(app, "void")
def void(contract: Contract, reason: Reason) -> None:
    """The client withdraws a contract that is not signed by both."""
    asked = pb.VoidContractRequest(id=contract, reason=reason)
    session.show(session.call(lambda kamai: kamai.contracts.VoidContract, asked).contract)


@command(app, "end")
def end(contract: Contract, reason: Reason) -> None:
    """End a contract; what remains committed is released."""
    asked = pb.EndContractRequest(id=contract, reason=reason)
    session.show(session.call(lambda kamai: kamai.contracts.EndContract, asked).contract)


@command(app, "show")
def show(contract: Contract) -> None:
    """One contract with its terms and signatures."""
    found = session.call(lambda kamai: kamai.contracts.GetContract, pb.GetContractRequest(id=contract)).contract
    session.show(found)
    if found.state == pb.CONTRACT_STATE_PENDING_APPROVAL and not found.blockers:
        session.hint("nothing is in the way any more: `kamai contracts sign` as the client")


@command(app, "list")
def list_(client: OptionalId = "", contractor: OptionalId = "", state: States = None, limit: Limit = 50) -> None:
    """Contracts, newest first."""
    asked = pb.ListContractsRequest(organisation_id=client, contractor_id=contractor, states=state or [])  # type: ignore[arg-type]
    columns = "id state terms.title total contractor_id organisation_id"
    session.show_list(lambda kamai: kamai.contracts.ListContracts, asked, columns, limit)


@command(app, "document")
def document(
    contract: Contract,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="new PDF file, for you alone; without it, print the bytes")
    ] = None,
) -> None:
    """The document the parties sign, and its SHA-256: with --out on stdout, else on stderr."""
    current = session.current()
    if out is None and not current.json and current.out.is_terminal:
        raise typer.BadParameter("a PDF is nothing for a terminal: give --out FILE")
    asked = pb.GetContractDocumentRequest(id=contract)
    if out:
        with new_file(out) as file:
            reply = session.call(lambda kamai: kamai.contracts.GetContractDocument, asked)
            file.write(reply.pdf)
        current.err.print(f"written to {out}", style="dim")
        print(reply.sha256)
        return
    reply = session.call(lambda kamai: kamai.contracts.GetContractDocument, asked)
    if current.json:
        render.print_json(render.as_dict(reply))
    else:
        typer.get_binary_stream("stdout").write(reply.pdf)
        current.err.print(reply.sha256, highlight=False)


@command(app, "history")
def history(contract: Contract, limit: Limit = 50) -> None:
    """Every step the contract has taken."""
    asked = pb.ListContractTransitionsRequest(id=contract)
    session.show_list(lambda kamai: kamai.contracts.ListContractTransitions, asked, HISTORY, limit)
