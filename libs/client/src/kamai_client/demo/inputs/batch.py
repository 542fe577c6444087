"""Everything a demo is fed with: all files read and checked, every fault found, the good rows left."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kamai_client.demo.inputs import bank, contractors, contracts, purchasing, work
from kamai_client.demo.inputs.bank import BankScript
from kamai_client.demo.inputs.contractors import ContractorInput
from kamai_client.demo.inputs.contracts import ContractInput
from kamai_client.demo.inputs.purchasing import OrderInput, OrganisationInput
from kamai_client.demo.inputs.rows import Problem
from kamai_client.demo.inputs.work import SessionInput, TimesheetInput

WATCHLIST, LATE_WATCHLIST = "watchlist", "watchlist-late"
_SDN = ("sdn.csv", "alt.csv", "add.csv")


@dataclass(frozen=True)
class Batch:
    """Good rows only. `watchlist` is screened against from the start, `late_watchlist` from before pay day; () for none."""

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
    def payable(self) -> bool:
        """Whether there is anything that could be paid."""
        return bool(self.watchlist and self.contracts and self.bank.funding)

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
    people = contractors.read(folder, problems)
    agreed = contracts.read(folder, people, orders, problems)
    timesheets = work.read_timesheets(folder, agreed, problems)
    sessions = work.read_sessions(folder, agreed, problems)
    script = bank.read(folder, organisations, people, problems)
    listed = _watchlist(folder / WATCHLIST)
    if not listed:
        problems.append(Problem(WATCHLIST, 0, "", "there must be a folder with sdn.csv: nobody can be screened without a list"))
    return Batch(
        tuple(organisations.good.values()), tuple(orders.good.values()), tuple(people.good.values()),
        tuple(agreed.good.values()), tuple(timesheets), tuple(sessions), script, listed, _watchlist(folder / LATE_WATCHLIST),
        tuple(problems),
    )  # fmt: skip


def _watchlist(folder: Path) -> tuple[Path, ...]:
    files = tuple(folder / name for name in _SDN if (folder / name).is_file())
    return files if any(file.name == _SDN[0] for file in files) else ()
