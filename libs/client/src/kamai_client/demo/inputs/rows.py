"""CSV rows whose every fault is kept with file, line and column, so that a person can mend all of them at once."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Generic, TypeVar

import protovalidate
from google.protobuf.message import Message
from kamai.type.v1.money_pb2 import Money

from kamai_client import money

T = TypeVar("T")
_validator = protovalidate.Validator()


@dataclass(frozen=True, slots=True)
class Problem:
    """`line` is the line in the file, from 1; 0 when the file as a whole is meant. `column` may be ""."""

    file: str
    line: int
    column: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.column}: {self.message}" if self.column else f"{place}: {self.message}"


@dataclass
class Known(Generic[T]):
    """Good rows by key, and where the bad ones are."""

    file: str
    good: dict[str, T] = field(default_factory=dict)
    bad: dict[str, str] = field(default_factory=dict)

    def add(self, row: Row, key: str, value: T | None, problems: list[Problem]) -> None:
        """Takes a row in when nothing is wrong with it and its key is new."""
        if key in self.good or key in self.bad:
            row.wrong(next(iter(row.values)), f"{key!r} is there twice")
        elif not row.problems and value is not None:
            self.good[key] = value
            return
        else:
            self.bad[key] = f"{row.file}:{row.line}"
        problems += row.problems


@dataclass
class Row:
    """One row. What is wrong with a value goes to `problems`, and the method gives a harmless value back."""

    file: str
    line: int
    values: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, column: str, message: str) -> None:
        self.problems.append(Problem(self.file, self.line, column, message))

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

    def amount(self, column: str, currency: str, *, positive: bool = True) -> Money:
        def parse(value: str) -> Money:
            found = money.parse(value, currency)
            if positive and found.amount_minor <= 0:
                raise ValueError(f"{value!r} is not greater than zero")
            return found

        return self.parsed(column, parse, Money()) if currency else Money()

    def day(self, column: str, *, required: bool = True) -> str:
        def parse(value: str) -> str:
            try:
                return date.fromisoformat(value).isoformat()
            except ValueError:
                raise ValueError(f"{value!r} is not a day: write it as 2026-11-16") from None

        return self.parsed(column, parse, "", required=required)

    def whole(self, column: str, otherwise: int) -> int:
        def parse(value: str) -> int:
            if not value.isascii() or not value.isdigit():
                raise ValueError(f"{value!r} is not a whole number")
            return int(value)

        return self.parsed(column, parse, otherwise, required=False)

    def choice(self, column: str, known: Mapping[str, T], otherwise: T, *, required: bool = True) -> T:
        def parse(value: str) -> T:
            if value.lower() not in known:
                raise ValueError(f"{value!r} is none of {', '.join(known)}")
            return known[value.lower()]

        return self.parsed(column, parse, otherwise, required=required)

    def currency(self, column: str) -> str:
        def parse(value: str) -> str:
            money.exponent(value.upper())
            return value.upper()

        return self.parsed(column, parse, "")

    def refers_to(self, column: str, known: Known[T]) -> T | None:
        """What the key in `column` names; None, with a problem, when there is no such row or it is a bad one."""
        key = self.text(column)
        if not key:
            return None
        if key in known.good:
            return known.good[key]
        if key in known.bad:
            self.wrong(column, f"refers to {key}, whose row is bad ({known.bad[key]})")
        else:
            self.wrong(column, f"there is no {key} in {known.file}")
        return None

    def check(self, message: Message, columns: Mapping[str, str]) -> None:
        """Holds a request against the rules of the protos; `columns` maps the first names of fields to columns."""
        for violation in _validator.collect_violations(message):
            path = violation.proto.field
            names = [element.field_name for element in path.elements] if path else []
            column = next((columns[name] for name in reversed(names) if name in columns), "")
            said = violation.proto.message or violation.proto.rule_id
            if not any(problem.column == column for problem in self.problems):
                self.wrong(column, said)


def read_rows(path: Path, required: Sequence[str], optional: Sequence[str], problems: list[Problem]) -> Iterator[Row]:
    """The rows of a CSV file with a heading. Faults of the file as a whole go to `problems`, and then there are no rows."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        problems.append(Problem(path.name, 0, "", f"cannot be read: {error.strerror}"))
        return
    except UnicodeDecodeError as error:
        problems.append(Problem(path.name, text_line(path, error.start), "", "is not UTF-8: save the file with this encoding"))
        return
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    try:
        heading = [name.strip() for name in next(reader, [])]
        if not _heading_is_good(path.name, heading, required, optional, problems):
            return
        yield from _body(path.name, reader, heading, problems)
    except csv.Error as error:
        problems.append(Problem(path.name, reader.line_num, "", f"is not CSV: {error}; the rows after it were not read"))


def _heading_is_good(
    file: str, heading: Sequence[str], required: Sequence[str], optional: Sequence[str], problems: list[Problem]
) -> bool:
    missing = [name for name in required if name not in heading]
    unknown = [name for name in heading if name not in required and name not in optional]
    problems += [Problem(file, 1, name, "this column is missing") for name in missing]
    problems += [Problem(file, 1, name, f"unknown column; there are {', '.join((*required, *optional))}") for name in unknown]
    twice = {name for name in heading if heading.count(name) > 1}
    problems += [Problem(file, 1, name, "this column is there twice") for name in sorted(twice)]
    return not missing and not twice


def _body(file: str, reader: Any, heading: Sequence[str], problems: list[Problem]) -> Iterator[Row]:
    for values in reader:
        if not any(value.strip() for value in values):
            continue
        if len(values) != len(heading):
            problems.append(Problem(file, reader.line_num, "", f"has {len(values)} columns, the heading has {len(heading)}"))
            continue
        yield Row(file, reader.line_num, dict(zip(heading, values, strict=True)))


def text_line(path: Path, offset: int) -> int:
    return path.read_bytes()[:offset].count(b"\n") + 1
