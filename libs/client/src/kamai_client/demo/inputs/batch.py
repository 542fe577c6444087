"""Everything a demo is fed with: all files read and checked, every fault found, the good rows left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kamai_client.demo.inputs import bank, contractors, contracts, purchasing, work
from kamai_client.demo.inputs.bank import BankScript
from kamai_client.demo.inputs.contractors import ContractorInput, Listed
from kamai_client.demo.inputs.contracts import ContractInput
from kamai_client.demo.inputs.purchasing import OrderInput, OrganisationInput
from kamai_client.demo.inputs.rows import Problem
from kamai_client.demo.inputs.work import SessionInput, TimesheetInput

WATCHLIST, LATE_WATCHLIST = "watchlist", "watchlist-late"
_SDN = ("sdn.csv", "alt.csv", "add.csv")
_ORDER = (
    purchasing.ORGANISATIONS, purchasing.ORDERS, contractors.FILE, contracts.CONTRACTS, contracts.MILESTONES, work.TIMESHEETS,
    work.SESSIONS, bank.FILE,
)  # fmt: skip


@dataclass(frozen=True)
class Batch:
    """Good rows only.

    Attributes:
        listed: everybody in the contractors file, good row or not.
        watchlist: screened against from the start, `late_watchlist` from before pay day; () for none.
        problems: every fault; those of whole files first.
    """

    listed: tuple[Listed, ...]

    organisations: tuple[OrganisationInput, ...]
    orders: tuple[OrderInput, ...]
    contractors: tuple[ContractorInput, ...]
    contracts: tuple[ContractInput, ...]
    timesheets: tuple[TimesheetInput, ...]
    sessions: tuple[SessionInput, ...]
    bank: BankScript
    watchlist: tuple[Path, ...]
    late_watchlist: tuple[Path, ...]
    problems: tuple[Problem, ...]

    @property
    def usable(self) -> bool:
        """Every file can be read, and there is something that could be paid."""
        return bool(self.contracts and self.bank.funding) and not any(problem.fatal for problem in self.problems)

    def with_problems(self, found: Sequence[Problem]) -> Batch:
        """The contractors they concern are good no more."""
        bad = {problem.contractor for problem in found}
        good = tuple(each for each in self.contractors if each.key not in bad)
        return replace(self, contractors=good, problems=tuple(sorted((*self.problems, *found), key=_place)))

    @property
    def rows(self) -> int:
        milestones = sum(len(contract.milestones) for contract in self.contracts)
        orders = sum(len(order.lines) for order in self.orders)
        more = len(self.contracts) + len(self.timesheets) + len(self.sessions)
        return len(self.organisations) + orders + len(self.contractors) + milestones + more


def read(folder: Path) -> Batch:
    """Reads a folder; raises nothing for bad input: `problems` has every fault."""
    problems: list[Problem] = []
    organisations = purchasing.read_organisations(folder, problems)
    orders = purchasing.read_orders(folder, organisations, problems)
    people, listed = contractors.read(folder, problems)
    agreed = contracts.read(folder, people, orders, problems)
    timesheets = work.read_timesheets(folder, agreed, problems)
    sessions = work.read_sessions(folder, agreed, problems)
    script = bank.read(folder, organisations, people, problems)
    if not (folder / WATCHLIST).is_dir():
        said = f"there must be a folder with {', '.join(_SDN)}: nobody can be screened without a list"
        problems.append(Problem(WATCHLIST, 0, "", said, fatal=True))
    watchlist, late = _watchlist(folder / WATCHLIST, problems), _watchlist(folder / LATE_WATCHLIST, problems)
    told = tuple(sorted(problems, key=_place))
    return Batch(
        tuple(listed), tuple(organisations.good.values()), tuple(orders.good.values()), tuple(people.good.values()),
        tuple(agreed.good.values()), tuple(timesheets), tuple(sessions), script, watchlist, late, told,
    )  # fmt: skip


def _watchlist(folder: Path, problems: list[Problem]) -> tuple[Path, ...]:
    """All files of a list; () when there is no such folder. A list without its other names would let people through."""
    if not folder.is_dir():
        return ()
    files = tuple(folder / name for name in _SDN)
    missing = [file for file in files if not file.is_file()]
    problems += [Problem(f"{folder.name}/{file.name}", 0, "", "is missing", fatal=True) for file in missing]
    return () if missing else files


def _place(problem: Problem) -> tuple[bool, int, str, int]:
    """Files of no use first, then in the order of docs/demo-input.md and of the lines; entries of bank.json stay as they are."""
    name = problem.file.partition(" ")[0]
    return not problem.fatal, _ORDER.index(name) if name in _ORDER else len(_ORDER), name, problem.line
