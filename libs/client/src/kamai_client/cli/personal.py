"""`kamai personal`: what is held about a person: find it, give it out, keep it, erase it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated

import typer
from kamai.onboarding.v1 import contractor_service_pb2
from kamai.onboarding.v1 import personal_data_service_pb2 as pb

from kamai_client.cli import failures, session
from kamai_client.cli.command import command, group
from kamai_client.cli.contractors import Contractor, identity_number
from kamai_client.cli.new_files import new_file
from kamai_client.cli.values import Limit, OptionalId, moment
from kamai_client.client import Kamai
from kamai_client.errors import KamaiClientError

app = group("personal", "Personal data: find, export, hold, erase.")

COLUMNS = "id state profile.legal_name profile.country external_id create_time"


@command(app, "find")
def find(
    email: Annotated[str, typer.Option(help="e-mail address")] = "",
    account: Annotated[str, typer.Option(help="IBAN; without one, clearing code and account number")] = "",
    id_number: Annotated[str, typer.Option(metavar="KIND:COUNTRY:VALUE", help="for example CNIC:PK:42101-1234567-1")] = "",
) -> None:
    """Contractors with this e-mail address, account or identity number; each search is in the audit trail."""
    if sum(map(bool, (email, account, id_number))) != 1:
        raise typer.BadParameter("give one of --email, --account and --id-number")
    asked = pb.FindContractorsRequest(email=email) if email else pb.FindContractorsRequest(account_number=account)
    if id_number:
        asked = pb.FindContractorsRequest(identity_number=identity_number(id_number))
    found = session.call(lambda kamai: kamai.personal_data.FindContractors, asked).contractors
    session.show_items(list(found), COLUMNS)


@command(app, "export")
def export(
    contractor: Contractor,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="where the zip archive goes; it must not exist")],
) -> None:
    """Everything onboarding holds about a contractor, as one zip archive with an explanation of each file."""

    async def work(kamai: Kamai) -> tuple[pb.ExportHeader, bytes]:
        header, archive = pb.ExportHeader(), bytearray()
        async for piece in kamai.personal_data.ExportContractor(pb.ExportContractorRequest(id=contractor)):
            header = piece.header if piece.HasField("header") else header
            archive += piece.data
        return header, bytes(archive)

    with new_file(file) as opened:
        header, archive = session.run(work)
        if len(archive) != header.size or hashlib.sha256(archive).digest() != header.sha256:
            failures.refused("INCOMPLETE", "the archive did not arrive whole: repeat the command")
        opened.write(archive)
    session.show(header)
    session.hint(f"README.txt in {file} explains each file, and what is left out")


@command(app, "hold")
def hold(
    contractor: Contractor,
    reason: Annotated[str, typer.Option("--reason", "-r", help="why, for example the authority's reference")],
    until: Annotated[str, typer.Option(metavar="MOMENT", help="when it ends (00:00 UTC); without it, once it is released")] = "",
) -> None:
    """Keep a contractor from being erased."""
    asked = pb.PlaceLegalHoldRequest(contractor_id=contractor, reason=reason, until=moment(until, "--until") if until else None)
    session.show(session.call(lambda kamai: kamai.personal_data.PlaceLegalHold, asked).legal_hold)


@command(app, "holds")
def holds(
    contractor: OptionalId = "",
    ended: Annotated[bool, typer.Option("--ended", help="also those that were released or have ended")] = False,
    limit: Limit = 50,
) -> None:
    """Holds that keep contractors from being erased, newest first."""
    asked = pb.ListLegalHoldsRequest(contractor_id=contractor, include_ended=ended)
    columns = "id contractor_id reason placed_by place_time until release_time"
    session.show_list(lambda kamai: kamai.personal_data.ListLegalHolds, asked, columns, limit)


@command(app, "release")
def release(hold: Annotated[str, typer.Argument(metavar="HOLD_ID", help="hold_...")]) -> None:
    """Lift a hold."""
    asked = pb.ReleaseLegalHoldRequest(id=hold)
    session.show(session.call(lambda kamai: kamai.personal_data.ReleaseLegalHold, asked).legal_hold)


@command(app, "erase")
def erase(
    contractor: Contractor,
    reason: Annotated[
        str, typer.Option("--reason", "-r", metavar="REFERENCE", help="number of a case, such as REQ-2026-17; it names nobody")
    ],
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
) -> None:
    """Destroy every personal value of a contractor, for good: no backup brings it back. Asks first: type the id again."""
    if not yes:
        session.current().err.print(f"This is final: no backup brings back what is erased of {contractor}.", highlight=False)
        if typer.prompt("Type the contractor's id to go on", default="", show_default=False, err=True).strip() != contractor:
            failures.refused("NOT_CONFIRMED", "nothing was erased: the id that was typed is another one")
    asked = pb.EraseContractorRequest(id=contractor, reason=reason)
    session.show(session.call(lambda kamai: kamai.personal_data.EraseContractor, asked).contractor)
    session.hint(f"`kamai personal proof {contractor}` shows the signed proof")


@command(app, "proof")
def proof(contractor: Contractor) -> None:
    """What was erased, when and by whom; `jws` is the whole of it, signed, to be checked with the key set of the audit trail."""
    asked = pb.GetErasureProofRequest(contractor_id=contractor)
    try:
        found = session.call(lambda kamai: kamai.personal_data.GetErasureProof, asked).proof
    except KamaiClientError as error:
        if error.reason == "NOT_FOUND" and _is_there_and_not_erased(contractor):
            failures.refused("NOT_FOUND", f"{contractor} is not erased: there is no proof of it")
        raise
    session.show(found)
    if session.current().json:
        return
    if found.jws:
        session.hint("--json gives the signed proof whole, as `jws`; docs/personal-data.md says how anybody verifies it")
    elif found.actor:
        session.hint("it is signed within seconds: repeat the command")
    else:
        session.hint("an organisation learns that it was erased, and when; the signed proof is for compliance people")


def _is_there_and_not_erased(contractor: str) -> bool:
    """As far as the caller may see it."""
    asked = contractor_service_pb2.GetContractorRequest(id=contractor)
    try:
        return not session.call(lambda kamai: kamai.contractors.GetContractor, asked).contractor.HasField("erase_time")
    except KamaiClientError:
        return False
