"""What the demo has made so far, by the keys of the input files, and what did not work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from kamai.banking.v1.freelancer_account_pb2 import FreelancerAccount
from kamai.contracts.v1.contract_pb2 import Contract
from kamai.onboarding.v1.contractor_pb2 import Contractor
from kamai.payouts.v1.funding_pb2 import FundingAccount
from kamai.payouts.v1.run_pb2 import Run

from kamai_client import patterns
from kamai_client.demo.bank_control import BankControl
from kamai_client.demo.inputs.bank import FundingInput
from kamai_client.demo.inputs.batch import Batch
from kamai_client.demo.inputs.contracts import ContractInput
from kamai_client.demo.inputs.rows import Problem
from kamai_client.demo.people import People
from kamai_client.demo.progress import Stages
from kamai_client.demo.stopped import Progress, Stopped, stopped
from kamai_client.demo.waiting import DemoError, Follows
from kamai_client.errors import KamaiClientError
from kamai_client.target import Target

T = TypeVar("T")
AT_ONCE = 12


@dataclass
class Payment:
    """One invoice of the demo. `source` is the row it comes from."""

    contract: ContractInput
    source: str
    invoice_id: str
    amount_minor: int
    currency: str
    obligation_id: str = ""


@dataclass
class Funded:
    """A funding account with its counterpart at the bank and the run paid from it."""

    given: FundingInput
    account: FundingAccount
    bank_account: str
    runs: list[Run] = field(default_factory=list)


@dataclass
class World:
    """`decided`: why and what to do, by contractors whose cases were decided against them. `notes`: special things that
    happened, by invoice."""

    batch: Batch
    target: Target
    people: People
    bank: BankControl
    stages: Stages
    tag: str
    contractors: dict[str, Contractor] = field(default_factory=dict)
    accounts: dict[str, FreelancerAccount] = field(default_factory=dict)
    organisations: dict[str, str] = field(default_factory=dict)
    orders: dict[str, str] = field(default_factory=dict)
    contracts: dict[str, Contract] = field(default_factory=dict)
    payments: list[Payment] = field(default_factory=list)
    funded: list[Funded] = field(default_factory=list)
    bank_accounts: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    decided: dict[str, tuple[str, str]] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    @asynccontextmanager
    async def row(self, file: str, line: int, columns: Mapping[str, str], contractor: str = "") -> AsyncIterator[None]:
        """What a service refuses for a row becomes a problem with its file, line and column; other rows go on.

        columns: by the names of the request's fields. contractor: key of the person the row concerns.
        """
        try:
            yield
        except KamaiClientError as error:
            for column, said in _refusal(error, columns):
                self.problems.append(Problem(file, line, column, said, contractor))
        except DemoError as error:
            cause = error.cause if isinstance(error, Follows) else ""
            self.problems.append(Problem(file, line, "", str(error), contractor, cause=cause))

    def stopped(self) -> list[Stopped]:
        signed = {each.contractor.key for each in self.batch.contracts if each.key in self.contracts}
        invoiced = {payment.contract.contractor.key for payment in self.payments}
        progress = Progress(self.decided, self.contractors.keys(), signed, invoiced)
        return stopped(self.batch, (*self.batch.problems, *self.problems), progress)

    async def each(self, items: Iterable[T], work: Callable[[T], Awaitable[None]]) -> None:
        """Works on all of them, a bounded number at a time; the first fault of ours stops the others."""

        async def one(item: T) -> None:
            async with self._room:
                await work(item)

        async with asyncio.TaskGroup() as group:
            for item in items:
                group.create_task(one(item))


def _refusal(error: KamaiClientError, columns: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Column and text of everything that was refused."""
    if not error.violations:
        yield "", str(error)
    for violation in error.violations:
        column = next((columns[name] for name in _names(violation.field) if name in columns), "")
        named = violation.field.removeprefix("fields.") if violation.field.startswith("fields.") else ""
        if not column:
            named = violation.field
        yield column, f"{named}: {patterns.in_words(violation.message)}" if named else patterns.in_words(violation.message)


def _names(path: str) -> list[str]:
    """ "profile.identity_numbers[0].value" without the places; the outer name is the column's."""
    return [part.partition("[")[0] for part in path.split(".")]
