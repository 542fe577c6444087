"""`kamai watchlists` and `kamai screenings`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from kamai.onboarding.v1 import screening_pb2 as pb

from kamai_client.cli import screened, session
from kamai_client.cli.command import command, group
from kamai_client.cli.contractors import Contractor
from kamai_client.cli.values import Limit, Reason, enum_argument, enum_option
from kamai_client.client import Kamai
from kamai_client.watchlists import import_watchlist

watchlists = group("watchlists", "Sanctions and watchlists: import, versions.")
screenings = group("screenings", "Screenings of contractors and decisions on hits.")

Format = Annotated[int, enum_option(pb.WatchlistFormat, "--format", about="the publisher's format")]
List = Annotated[str, typer.Argument(metavar="LIST", help="name it is kept under, for example ofac-sdn")]


@command(watchlists, "import")
def import_(
    name: List,
    files: Annotated[list[Path], typer.Argument(metavar="FILES", exists=True, dir_okay=False, help="sdn.csv alt.csv add.csv")],
    kind: Format = pb.WATCHLIST_FORMAT_OFAC_CSV,
    accept_shrinking: Annotated[
        bool, typer.Option("--accept-shrinking", help="take it though it has over a tenth fewer entries than the one before")
    ] = False,
) -> None:
    """Import a list in the publisher's own format; everybody is screened against it again."""

    async def work(kamai: Kamai) -> Any:
        return await import_watchlist(kamai, name, files, kind, accept_shrinking)

    reply = session.run(work)
    session.show(reply if session.current().json else reply.watchlist)
    if reply.rejected and not session.current().json:
        session.show_items(list(reply.rejected), "file line message", "refused lines")


@command(watchlists, "list")
def list_(limit: Limit = 50) -> None:
    """Imported versions, newest first."""
    columns = "list version format entries rejected_lines current import_time imported_by"
    session.show_list(lambda kamai: kamai.screenings.ListWatchlists, pb.ListWatchlistsRequest(), columns, limit)


@command(screenings, "show")
def show(contractor: Contractor) -> None:
    """The last screening, every candidate explained."""
    found = session.call(lambda kamai: kamai.screenings.GetScreening, pb.GetScreeningRequest(contractor_id=contractor)).screening
    session.show(found)
    screened.hint_for(found)


@command(screenings, "decide")
def decide(
    contractor: Contractor,
    name: List,
    entry: Annotated[str, typer.Argument(metavar="ENTRY_ID", help="entry's number in the list")],
    decision: Annotated[int, enum_argument(pb.HitDecision, "false-positive or true-match")],
    reason: Reason,
    etag: Annotated[str, typer.Option(help="etag of the candidate as `screenings show` gave it")],
) -> None:
    """Decide one candidate; refused when the entry or the contractor changed since it was shown."""
    asked = pb.DecideScreeningHitRequest(
        contractor_id=contractor, list=name, entry_id=entry, decision=decision,  # type: ignore[arg-type]
        reason=reason, candidate_etag=etag,
    )  # fmt: skip
    session.show(session.call(lambda kamai: kamai.screenings.DecideScreeningHit, asked).screening)
