"""`kamai contractors`: the contractor's case."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from kamai.onboarding.v1 import contractor_pb2 as pb
from kamai.onboarding.v1 import contractor_service_pb2 as rpc

from kamai_client.cli import screened, session
from kamai_client.cli.command import command, group
from kamai_client.cli.history import HISTORY
from kamai_client.cli.values import Limit, Reason, enum_option, from_json

app = group("contractors", "Contractors: requirements, registration, submission, state.")

Contractor = Annotated[str, typer.Argument(metavar="CONTRACTOR_ID", help="contractor_...")]
Person = Annotated[int, enum_option(pb.PersonType, about="individual or company")]
Names = Annotated[list[str] | None, typer.Option("--other-name", help="birth name, trade name, other scripts")]
Numbers = Annotated[list[str] | None, typer.Option("--id-number", help="KIND:COUNTRY:VALUE, for example CNIC:PK:42101-...")]
ProfileFile = Annotated[Path | None, typer.Option("--file", help="ContractorProfile as JSON; - is standard input")]
ExternalId = Annotated[str, typer.Option(help="your own reference")]
States = Annotated[list[int] | None, enum_option(pb.CaseState, "--state", about="only these")]
Fields = Annotated[list[str], typer.Option("--field", metavar="NAME", help="name of a field to change, as in the JSON")]


@command(app, "requirements")
def requirements(
    country: Annotated[str, typer.Argument(help="ISO 3166-1 alpha-2")],
    person: Person = pb.PERSON_TYPE_INDIVIDUAL,
    capability: Annotated[int, enum_option(pb.Capability, about="only for this")] = 0,
) -> None:
    """What a country asks of a contractor."""
    asked = rpc.GetRequirementsRequest(country=country.upper(), person_type=person, capability=capability)  # type: ignore[arg-type]
    session.show(session.call(lambda kamai: kamai.contractors.GetRequirements, asked))


@command(app, "register")
def register(
    name: Annotated[str, typer.Option(help="name as on the identity document")] = "",
    country: Annotated[str, typer.Option(help="country of residence and tax")] = "",
    email: Annotated[str, typer.Option(help="where notices go")] = "",
    birth_date: Annotated[str, typer.Option(help="1990-05-17; of a company, its foundation")] = "",
    person: Person = pb.PERSON_TYPE_INDIVIDUAL,
    phone: Annotated[str, typer.Option(help="E.164, +923001234567")] = "",
    address: Annotated[list[str] | None, typer.Option(help="a line of the postal address")] = None,
    nationality: Annotated[list[str] | None, typer.Option(help="ISO 3166-1 alpha-2")] = None,
    other_name: Names = None,
    id_number: Numbers = None,
    external_id: ExternalId = "",
    file: ProfileFile = None,
) -> None:
    """Open a case; give the profile by options, or by --file and correct it by options."""
    profile = from_json(file, pb.ContractorProfile()) if file else pb.ContractorProfile()
    given = pb.ContractorProfile(
        legal_name=name, country=country.upper(), email=email, birth_date=birth_date, phone=phone, address_lines=address or [],
        nationalities=nationality or [], other_names=other_name or [],
        identity_numbers=[identity_number(each) for each in id_number or []],
    )  # fmt: skip
    profile.MergeFrom(given)
    profile.person_type = profile.person_type or person  # type: ignore[assignment]
    asked = rpc.RegisterContractorRequest(profile=profile, external_id=external_id)
    session.show(session.call(lambda kamai: kamai.contractors.RegisterContractor, asked).contractor)


@command(app, "show")
def show(contractor: Contractor) -> None:
    """One case: state, capabilities, what is missing."""
    found = session.call(lambda kamai: kamai.contractors.GetContractor, rpc.GetContractorRequest(id=contractor)).contractor
    session.show(found)
    screened.hint_for_case(found)


@command(app, "list")
def list_(state: States = None, country: str = "", external_id: ExternalId = "", limit: Limit = 50) -> None:
    """Cases, newest first."""
    asked = rpc.ListContractorsRequest(states=state or [], country=country.upper(), external_id=external_id)  # type: ignore[arg-type]
    columns = "id state profile.legal_name profile.country external_id"
    session.show_list(lambda kamai: kamai.contractors.ListContractors, asked, columns, limit)


@command(app, "update")
def update(
    contractor: Contractor,
    file: Annotated[Path, typer.Option("--file", help="ContractorProfile as JSON, with the new values; - is standard input")],
    field: Fields,
    etag: Annotated[str, typer.Option(help="version that was read; without it, the current one")] = "",
) -> None:
    """Change the profile while it is a draft or the contractor has to act."""
    profile = from_json(file, pb.ContractorProfile())
    if not etag:
        etag = session.call(
            lambda kamai: kamai.contractors.GetContractor, rpc.GetContractorRequest(id=contractor)
        ).contractor.etag
    asked = rpc.UpdateContractorRequest(id=contractor, profile=profile, etag=etag)
    asked.update_mask.paths.extend(field)
    session.show(session.call(lambda kamai: kamai.contractors.UpdateContractor, asked).contractor)


@command(app, "submit")
def submit(contractor: Contractor) -> None:
    """Hand the case in; every defect comes at once."""
    asked = rpc.SubmitContractorRequest(id=contractor)
    session.show(session.call(lambda kamai: kamai.contractors.SubmitContractor, asked).contractor)


@command(app, "suspend")
def suspend(contractor: Contractor, reason: Reason) -> None:
    """Suspend a case: payouts are held, running work goes on."""
    asked = rpc.SuspendContractorRequest(id=contractor, reason=reason)
    session.show(session.call(lambda kamai: kamai.contractors.SuspendContractor, asked).contractor)


@command(app, "reinstate")
def reinstate(contractor: Contractor, reason: Reason) -> None:
    """Return a suspended case to the state before."""
    asked = rpc.ReinstateContractorRequest(id=contractor, reason=reason)
    session.show(session.call(lambda kamai: kamai.contractors.ReinstateContractor, asked).contractor)


@command(app, "close")
def close(contractor: Contractor, reason: Reason) -> None:
    """Close a case for good."""
    asked = rpc.CloseContractorRequest(id=contractor, reason=reason)
    session.show(session.call(lambda kamai: kamai.contractors.CloseContractor, asked).contractor)


@command(app, "history")
def history(contractor: Contractor, limit: Limit = 50) -> None:
    """Every step the case has taken."""
    asked = rpc.ListContractorTransitionsRequest(id=contractor)
    session.show_list(lambda kamai: kamai.contractors.ListContractorTransitions, asked, HISTORY, limit)


def identity_number(text: str) -> pb.IdentityNumber:
    kind, _, rest = text.partition(":")
    country, _, value = rest.partition(":")
    if not value:
        raise typer.BadParameter(f"--id-number {text!r}: write it as KIND:COUNTRY:VALUE, for example CNIC:PK:42101-1234567-1")
    return pb.IdentityNumber(kind=kind.upper(), country=country.upper(), value=value)
