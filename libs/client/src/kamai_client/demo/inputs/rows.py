"""Rows whose every fault is kept with file, line and column, so that a person can mend all of them at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Generic, TypeVar

import protovalidate
from google.protobuf.message import Message
from kamai.type.v1.money_pb2 import Money

from kamai_client import money, patterns, vocabulary
from kamai_client.demo.inputs.parsing import HARMLESS, price, whole

T = TypeVar("T")
ANY_REQUEST = "00000000-0000-4000-8000-000000000000"  # the client gives each request an id of its own
_validator = protovalidate.Validator()


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault of the input, or what a service refused of it.

    Attributes:
        line: in the file, from 1; 0 when the file as a whole is meant.
        column: may be "".
        contractor: key of the contractor whom the row concerns, "" when there is none.
        fatal: the whole file is of no use, and so the input.
        cause: place of the row that is to be mended for it, "" when it is this one.
    """

    file: str
    line: int
    column: str
    message: str
    contractor: str = ""
    fatal: bool = False
    cause: str = ""

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file

    def __str__(self) -> str:
        return f"{self.place}: {self.column}: {self.message}" if self.column else f"{self.place}: {self.message}"


@dataclass
class Known(Generic[T]):
    """The rows of a file by key.

    Attributes:
        good: nothing is wrong with these.
        bad: where the others are; "" for one that only lacks what a file of no use would have had.
        flawed: what could be made of the bad ones, to check other rows against.
        owners: key of the contractor whom a row concerns, good or bad.
        broken: the file is of no use, which is said once; what it lacks is not.
    """

    file: str
    good: dict[str, T] = field(default_factory=dict)
    bad: dict[str, str] = field(default_factory=dict)
    flawed: dict[str, T] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    broken: bool = False

    def add(self, row: Row, key: str, value: T | None, problems: list[Problem]) -> bool:
        """Takes a row in; True when nothing is wrong with it and its key is new."""
        if key and (key in self.good or key in self.bad):
            row.wrong(row.key_column, f"{key!r} is there twice")
        elif not row.problems and value is not None:
            self.good[key] = value
            return True
        else:
            self.spoil(key, f"{row.file}:{row.line}" if row.problems else "", value)
        problems += row.problems
        return False

    def spoil(self, key: str, place: str, value: T | None) -> None:
        """Counts a row among the bad ones."""
        self.good.pop(key, None)
        self.bad[key] = self.bad.get(key) or place
        if value is not None:
            self.flawed[key] = value


@dataclass
class Row:
    """One row. What is wrong with a value goes to `problems`, and the method gives a harmless value back.

    `is_shifted`: its cells are not in their columns, so nothing more can be said of them.
    """

    file: str
    line: int
    values: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)
    contractor: str = ""
    is_shifted: bool = False

    @property
    def key_column(self) -> str:
        return next(iter(self.values))

    def concerns(self, contractor: str) -> None:
        """To be called before the other cells are read: problems carry it."""
        self.contractor = contractor
        self.problems = [replace(problem, contractor=contractor) for problem in self.problems]

    def wrong(self, column: str, message: str, cause: str = "") -> None:
        if not self.is_shifted:
            self.problems.append(Problem(self.file, self.line, column, message, self.contractor, cause=cause))

    def text(self, column: str, *, required: bool = True) -> str:
        value = self.values.get(column, "").strip()
        if required and not value:
            self.wrong(column, "is empty")
        return value

    def listed(self, column: str) -> list[str]:
        """Values with ``;`` between them."""
        return [part.strip() for part in self.text(column, required=False).split(";") if part.strip()]

    def pairs(self, column: str, *, required: bool = True) -> dict[str, str]:
        """NAME=VALUE with ``;`` between them."""
        found = {}
        for part in self.listed(column):
            name, equals, value = part.partition("=")
            if equals and name.strip():
                found[name.strip()] = value.strip()
            else:
                self.wrong(column, f"{part!r} is not NAME=VALUE")
        if required and not found:
            self.wrong(column, "is empty: give NAME=VALUE, with ; between several")
        return found

    def parsed(self, column: str, parse: Callable[[str], T], otherwise: T, *, required: bool = True) -> T:
        """By `parse`, whose ValueError says what is wrong; `otherwise` for nothing and for what cannot be parsed."""
        value = self.text(column, required=required)
        if not value:
            return otherwise
        try:
            return parse(value)
        except ValueError as error:
            self.wrong(column, str(error))
            return otherwise

    def amount(self, column: str, currency: str) -> Money:
        """Greater than zero. `currency` "" for one that is not known because another cell is bad: the rest is checked."""
        return self.parsed(column, lambda value: price(value, currency), HARMLESS)

    def day(self, column: str, *, required: bool = True) -> str:
        def parse(value: str) -> str:
            try:
                return date.fromisoformat(value).isoformat()
            except ValueError:
                raise ValueError(f"{value!r} is not a day: write it as 2026-11-16") from None

        return self.parsed(column, parse, "", required=required)

    def whole(self, column: str, otherwise: int) -> int:
        return self.parsed(column, whole, otherwise, required=False)

    def choice(self, column: str, known: Mapping[str, T], otherwise: T, *, required: bool = True) -> T:
        def parse(value: str) -> T:
            if value.lower() not in known:
                raise ValueError(f"{value!r} is none of {', '.join(known)}")
            return known[value.lower()]

        return self.parsed(column, parse, otherwise, required=required)

    def currency(self, column: str) -> str:
        def parse(value: str) -> str:
            money.exponent(value.upper())
            if fault := vocabulary.currency_fault(value.upper()):
                raise ValueError(fault)
            return value.upper()

        return self.parsed(column, parse, "")

    def refers_to(self, column: str, known: Known[T]) -> T | None:
        """What the key in `column` names; None when there is no such row or it is a bad one.

        That is a problem of this row, unless it comes from a file of no use.
        """
        key = self.text(column)
        if not key:
            return None
        if key in known.good:
            return known.good[key]
        if known.bad.get(key):
            self.wrong(column, f"refers to {key}, whose row is bad ({known.bad[key]})", known.bad[key])
        elif key not in known.bad and not known.broken:
            self.wrong(column, f"there is no {key} in {known.file}")
        return None

    def about(self, column: str, known: Known[T]) -> T | None:
        """The same for checks of this row's other cells: a flawed row serves, and nothing is said."""
        key = self.text(column, required=False)
        return known.good.get(key) or known.flawed.get(key)

    def check(self, message: Message, columns: Mapping[str, str]) -> None:
        """Holds a request against the rules the services have for it: of the protos, and the lists of codes.

        columns: by the names of the fields; a fault of any other field has none. One fault a column is enough.
        """
        for names, said in vocabulary.violations(message):
            self._break(names, said, columns)
        for violation in _validator.collect_violations(message):
            path = violation.proto.field
            names = [element.field_name for element in path.elements] if path else []
            self._break(names, patterns.in_words(violation.proto.message or violation.proto.rule_id), columns)

    def _break(self, names: Sequence[str], said: str, columns: Mapping[str, str]) -> None:
        column = next((columns[name] for name in names if name in columns), "")
        if not any(problem.column == column for problem in self.problems):
            self.wrong(column, said)
