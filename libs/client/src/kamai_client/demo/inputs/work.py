"""timesheets.csv and sessions.csv."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from kamai.contracts.v1 import work_pb2 as pb

from kamai_client.demo.inputs.contracts import ContractInput
from kamai_client.demo.inputs.files import read_rows
from kamai_client.demo.inputs.parsing import hundredths, whole
from kamai_client.demo.inputs.rows import ANY_REQUEST, Known, Problem, Row

TIMESHEETS, SESSIONS = "timesheets.csv", "sessions.csv"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ANY_ID = "contract_" + "0" * 26  # the rules ask for an id; the real one is known once it is drafted
_OUTCOMES = {"held": pb.SESSION_OUTCOME_HELD, "not-yet": pb.SESSION_OUTCOME_UNSPECIFIED}
_RELATIVE = re.compile(r"\+(\d{1,4})([hd])")
_EXAMPLE = "write it as 2026-12-01T14:30+05:00, or as +10h or +3d from now"


@dataclass(frozen=True)
class TimesheetInput:
    line: int
    contract: ContractInput
    week_start: str
    entries: tuple[pb.TimeEntry, ...]


@dataclass(frozen=True)
class SessionInput:
    """`start` None: `notice` after the moment it is requested. `outcome` unspecified: it stays confirmed."""

    line: int
    contract: ContractInput
    skill: str
    start: datetime | None
    notice: timedelta
    minutes: int
    outcome: int


def read_timesheets(folder: Path, contracts: Known[ContractInput], problems: list[Problem]) -> list[TimesheetInput]:
    found = []
    for row in _rows(folder / TIMESHEETS, ("contract", "week_start", *DAYS), ("note",), contracts, problems):
        contract = _contract(row, contracts, ("hourly", "daily"))
        week = row.day("week_start")
        if week and date.fromisoformat(week).weekday() != 0:
            row.wrong("week_start", f"{week} is not a Monday")
        entries = _entries(row, week)
        if not entries and not any(problem.column in DAYS for problem in row.problems):
            row.wrong("mon", "no day of the week has any time")
        for entry in entries[:1]:  # the note is the same for all
            row.check(entry, {"date": "week_start", "note": "note"})
        if contract and not row.problems:
            found.append(TimesheetInput(row.line, contract, week, tuple(entries)))
        problems += row.problems
    return found


def _entries(row: Row, week: str) -> list[pb.TimeEntry]:
    first = date.fromisoformat(week) if week else date.min
    note = row.text("note", required=False)
    given = [(offset, row.parsed(name, hundredths, 0, required=False)) for offset, name in enumerate(DAYS)]
    for offset, units in given:
        if units > 2400:
            row.wrong(DAYS[offset], "a day has no more than 24 hours")
    return [
        pb.TimeEntry(date=(first + timedelta(days=offset)).isoformat(), units_hundredths=units, note=note)
        for offset, units in given
        if units
    ]


def read_sessions(folder: Path, contracts: Known[ContractInput], problems: list[Problem]) -> list[SessionInput]:
    found = []
    for row in _rows(folder / SESSIONS, ("contract", "skill", "start", "minutes"), ("outcome",), contracts, problems):
        contract = _contract(row, contracts, ("sessions",))
        skill = row.text("skill")
        if contract and contract.kind == "sessions" and skill and skill not in [r.skill for r in contract.terms.session.rates]:
            row.wrong("skill", f"{skill!r} has no rate in contract {contract.key}")
        nothing: tuple[datetime | None, timedelta] = (None, timedelta())
        start, notice = row.parsed("start", _start, nothing)
        minutes = row.parsed("minutes", _minutes, 0)
        outcome = row.choice("outcome", _OUTCOMES, pb.SESSION_OUTCOME_HELD, required=False)
        asked_for = pb.RequestSessionRequest(request_id=ANY_REQUEST, contract_id=_ANY_ID, skill=skill, minutes=minutes)
        asked_for.start_time.SetInParent()
        row.check(asked_for, {"skill": "skill", "minutes": "minutes"})
        if contract and not row.problems:
            found.append(SessionInput(row.line, contract, skill, start, notice, minutes, outcome))
        problems += row.problems
    return found


def _minutes(text: str) -> int:
    found = whole(text)
    if not 0 < found <= 1440:
        raise ValueError("must be between 1 and 1440")
    return found


def _start(text: str) -> tuple[datetime | None, timedelta]:
    relative = _RELATIVE.fullmatch(text)
    if relative:
        number = int(relative[1])
        return None, timedelta(hours=number) if relative[2] == "h" else timedelta(days=number)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a moment: {_EXAMPLE}") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)), timedelta()


def _contract(row: Row, contracts: Known[ContractInput], kinds: tuple[str, ...]) -> ContractInput | None:
    contract, described = row.refers_to("contract", contracts), row.about("contract", contracts)
    if described and described.kind and described.kind not in kinds:
        row.wrong("contract", f"{described.key} is a {described.kind} contract; these rows are for {' and '.join(kinds)}")
    return contract


def _rows(
    path: Path, required: tuple[str, ...], optional: tuple[str, ...], contracts: Known[ContractInput], problems: list[Problem]
) -> Iterator[Row]:
    """None when there is no such file."""
    if path.exists():
        for row in read_rows(path, required, optional, problems):
            row.concerns(contracts.owners.get(row.values["contract"].strip(), ""))
            yield row
