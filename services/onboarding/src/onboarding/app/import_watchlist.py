"""A list, or a new version of it, becomes the one that is screened against."""

from __future__ import annotations

from dataclasses import dataclass, replace

from chassis.errors import PreconditionFailed

from onboarding.app.authority import require_platform
from onboarding.app.ports import ParsedList, UnitOfWork, WatchlistVersion
from onboarding.domain.watchlist import ListEntry


@dataclass(frozen=True, slots=True)
class ImportWatchlist:
    name: str
    format: str
    parsed: ParsedList
    accept_shrinking: bool = False


async def import_watchlist(uow: UnitOfWork, command: ImportWatchlist) -> WatchlistVersion:
    """The current version after it. Files that are current already change nothing; files that were imported before become current
    again. Raises PermissionDenied, and PreconditionFailed for files without a single entry: they would clear everybody."""
    require_platform(uow, "import a watchlist")
    entries = command.parsed.entries
    if not entries:
        raise PreconditionFailed.one(
            "WATCHLIST_EMPTY", command.name, "no line of the files is an entry: check that they are complete"
        )
    current = await uow.watchlists.lock(command.name)
    version = command.parsed.version.version
    if current and current.version == version:
        return current
    _require_whole(current, command)
    known = await uow.watchlists.find(command.name, version)
    imported = known or await _add(uow, command)
    await uow.watchlists.replace(imported, [_named(entry, command.name) for entry in entries])
    return replace(imported, current=True)


def _require_whole(current: WatchlistVersion | None, command: ImportWatchlist) -> None:
    """A list that lost more than a tenth of its entries is likelier cut off than true."""
    given, before = len(command.parsed.entries), current.entries if current else 0
    if given * 10 < before * 9 and not command.accept_shrinking:
        say = f"{given} entries instead of {before}: check that the files are complete, or import with accept_shrinking"
        raise PreconditionFailed.one("LIST_SHRANK", command.name, say)


async def _add(uow: UnitOfWork, command: ImportWatchlist) -> WatchlistVersion:
    refused = {(problem.file, problem.line) for problem in command.parsed.problems if problem.rejected}
    fresh = WatchlistVersion(
        uow.ids.new("watchlist"), command.name, command.parsed.version.version, command.format, len(command.parsed.entries),
        len(refused), uow.actor, uow.now, False,
    )  # fmt: skip
    await uow.watchlists.add(fresh)
    return fresh


def _named(entry: ListEntry, name: str) -> ListEntry:
    """Under the name the list is kept by here."""
    return replace(entry, list_id=name)
