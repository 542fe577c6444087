"""Everybody in the contractors file who never came to a payment: why, and what to do about it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from kamai_client.demo.inputs import contractors, contracts, work
from kamai_client.demo.inputs.batch import Batch
from kamai_client.demo.inputs.contractors import Listed
from kamai_client.demo.inputs.rows import Problem

_WORK = (contracts.MILESTONES, work.TIMESHEETS, work.SESSIONS)
_AGAIN = "mend the row and run the demo again"


@dataclass(frozen=True)
class Stopped:
    """`contractor`: key, or file and line of somebody whose row has no key of its own. `problems`: those that stopped them."""

    contractor: str
    name: str
    reason: str
    remedy: str
    problems: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Progress:
    """How far people came, by their keys. `decided`: reason and remedy of those whose case was decided against them."""

    decided: Mapping[str, tuple[str, str]]
    approved: Collection[str]
    signed: Collection[str]
    invoiced: Collection[str]


def stopped(batch: Batch, problems: Sequence[Problem], progress: Progress) -> list[Stopped]:
    """Each person who has no invoice, once, in the order of the file. `problems`: all, those of the input too."""
    return [_stopped(person, batch, problems, progress) for person in batch.listed if person.label not in progress.invoiced]


def _stopped(person: Listed, batch: Batch, problems: Sequence[Problem], progress: Progress) -> Stopped:
    own = [problem for problem in problems if problem.contractor == person.label]

    def because(what: str, files: Sequence[str], otherwise: str, remedy: str) -> Stopped:
        told = [problem for problem in own if problem.file in files]
        if not told:
            return Stopped(person.label, person.name, otherwise, remedy)
        chains = [[problem, *_causes(problem, problems)] for problem in told]
        places = ", ".join(dict.fromkeys(", because of ".join(_place(each) for each in chain) for chain in chains))
        every = dict.fromkeys(str(each) for chain in chains for each in chain)
        return Stopped(person.label, person.name, f"{what}: {places}", _AGAIN, tuple(every))

    if person.label in progress.decided:
        reason, remedy = progress.decided[person.label]
        return Stopped(person.label, person.name, reason, remedy)
    if person.label not in progress.approved:
        return because("not onboarded", [contractors.FILE], "not onboarded", "the logs of the services may say why")
    if person.label in progress.signed:
        add = "add delivered or held work to milestones.csv, timesheets.csv or sessions.csv"
        return because("nothing to invoice", _WORK, "signed, but no work was handed in and accepted", add)
    if person.label in {contract.contractor.key for contract in batch.contracts}:
        return because("no contract signed", [contracts.CONTRACTS], "no contract signed", "the logs of the services may say why")
    add = f"add a row to {contracts.CONTRACTS}"
    return because("no contract signed", [contracts.CONTRACTS], f"no row of {contracts.CONTRACTS} names them", add)


def _causes(problem: Problem, problems: Sequence[Problem]) -> list[Problem]:
    """From the row it refers to, to the one that has to be mended."""
    found: list[Problem] = []
    while problem.cause:
        nexts = [each for each in problems if each.place == problem.cause and each not in found]
        if not nexts:
            break
        problem = nexts[0]
        found.append(problem)
    return found


def _place(problem: Problem) -> str:
    return f"{problem.place} ({problem.column})" if problem.column else problem.place
