"""Everything a demo is fed with: all files read and checked, every fault found, the good rows left."""

from __future__ import annotations

from dataclasses import dataclass
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
    watchlist = _watchlist(folder / WATCHLIST)
    if not watchlist:
        said = "there must be a folder with sdn.csv: nobody can be screened without a list"
        problems.append(Problem(WATCHLIST, 0, "", said, fatal=True))
    return Batch(
        tuple(listed), tuple(organisations.good.values()), tuple(orders.good.values()), tuple(people.good.values()),
        tuple(agreed.good.values()), tuple(timesheets), tuple(sessions), script, watchlist, _watchlist(folder / LATE_WATCHLIST),
        tuple(sorted(problems, key=lambda problem: not problem.fatal)),
    )  # fmt: skip


def _watchlist(folder: Path) -> tuple[Path, ...]:
    files = tuple(folder / name for name in _SDN if (folder / name).is_file())
    return files if any(file.name == _SDN[0] for file in files) else ()
